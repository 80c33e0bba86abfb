/** Does every dose of the round have an answer? Then it closes, and the handover writes itself. */

import { finishRound } from "../acts.ts";
import { handoverOf, type HandoverLine } from "../handover.ts";
import { words } from "../messages.ts";
import { openPerson } from "../scanning.ts";
import { signOut } from "../session.ts";
import { canRead, read } from "../speech.ts";
import * as state from "../state.ts";
import { Header, Icon, go, MedicineName } from "./parts.tsx";

export function Finish() {
  const text = words();
  const view = state.roundView.value;
  if (!view) return null;
  const blanks = view.people.flatMap((person) => (person.left > 0 ? person.doses.filter((dose) => dose.state !== "answered") : []));
  return (
    <>
      <Header title={text.finishTitle} back={{ label: text.round, go: () => go({ name: "list" }) }} />
      <main class="page">
        <h1>{blanks.length ? text.blanks(blanks.length) : text.noBlanks}</h1>
        {blanks.length > 0 && <p class="lead">{text.blanksIntro}</p>}
        {blanks.map((dose) => (
          <article key={dose.key} class="card card-blank">
            <h2 class="blank-who">{dose.resident.preferred_name}, {text.room(dose.resident.room).toLowerCase()}</h2>
            <MedicineName medicine={dose.prescription.medicine} as="p" />
            <p class="dose">{dose.prescription.dose_words}</p>
            {dose.pot && <p class="flag flag-late"><Icon name="alert" />{text.inPot}</p>}
            <div class="card-actions">
              <button type="button" class="button button-small" onClick={() => openPerson(dose.resident.id)}>{text.goBack}</button>
              <button type="button" class="button button-small" onClick={() => (state.overlay.value = { name: "not_given", keys: [dose.key] })}>{text.reason}</button>
            </div>
          </article>
        ))}
      </main>
      <footer class="footer">
        {blanks.length > 0 && <p class="footer-words">{text.blanks(blanks.length)}</p>}
        <button type="button" class="button button-main" disabled={blanks.length > 0} onClick={() => finishRound().catch(() => undefined)}>{text.closeRound}</button>
      </footer>
    </>
  );
}

export function Handover() {
  const text = words();
  const world = state.world.value;
  if (!world || !state.roundView.value) return null;
  const handover = handoverOf(world, state.roundView.value);
  const sections: [string, HandoverLine[]][] = [
    [text.handoverNotGiven, handover.notGiven], [text.handoverLate, handover.late], [text.handoverPrn, handover.prn],
    [text.handoverStops, handover.stops], [text.handoverChecks, handover.checks],
  ];
  const aloud = (): void => read([
    `${text.handoverGiven}: ${handover.given}`,
    ...sections.map(([title, lines]) => `${title}: ${lines.map((line) => `${line.who}, ${line.what}`).join(". ") || text.handoverNothing}`),
  ].join(". "));
  return (
    <>
      <Header title={text.handoverTitle} sub={state.round.value ? text.roundTitle(state.round.value.name) : undefined} back={{ label: text.start, go: () => go({ name: "welcome" }) }} />
      <main class="page">
        <h1>{text.handoverTitle}</h1>
        <p class="lead">{text.handoverIntro}</p>
        <p class="handover-given"><span>{handover.given}</span> {text.handoverGiven.toLowerCase()}</p>
        {sections.map(([title, lines]) => (
          <section key={title} class="section">
            <h2>{title} <span class="section-count">{lines.length}</span></h2>
            {lines.length === 0 ? <p class="quiet">{text.handoverNothing}</p> : (
              <ul class="lines">
                {lines.map((line, i) => (
                  <li key={i} class="line"><strong>{line.who}</strong><span>{line.what}</span></li>
                ))}
              </ul>
            )}
          </section>
        ))}
      </main>
      <footer class="footer">
        {canRead() && <button type="button" class="button button-wide" onClick={aloud}><Icon name="speaker" />{text.handoverRead}</button>}
        <button type="button" class="button button-main" onClick={signOut}>{text.handoverNext}</button>
      </footer>
    </>
  );
}

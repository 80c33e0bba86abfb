/** Does every dose of the round have an answer? Then it closes, and the handover writes itself. */

import { finishRound } from "../acts.ts";
import { handoverOf, type HandoverLine } from "../handover.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import { openPerson } from "../scanning.ts";
import { signOut } from "../session.ts";
import { canRead, read } from "../speech.ts";
import * as state from "../state.ts";
import { Header, Icon, go, MedicineName } from "./parts.tsx";

export function Finish() {
  const text = words();
  const later = laterWords();
  const view = state.roundView.value;
  if (!view) return null;
  const blanks = view.people.flatMap((person) => (person.left > 0 ? person.doses.filter((dose) => dose.state !== "answered") : []));
  return (
    <>
      <Header title={later.finishTitle} back={{ label: text.round, go: () => go({ name: "list" }) }} />
      <main class="page">
        <h1>{blanks.length ? later.blanks(blanks.length) : later.noBlanks}</h1>
        {blanks.length > 0 && <p class="lead">{later.blanksIntro}</p>}
        {blanks.map((dose) => (
          <article key={dose.key} class="card card-blank">
            <h2 class="blank-who">{dose.resident.preferred_name}, {text.room(dose.resident.room).toLowerCase()}</h2>
            <MedicineName medicine={dose.prescription.medicine} as="p" />
            <p class="dose">{dose.prescription.dose_words}</p>
            {dose.pot && <p class="flag flag-late"><Icon name="alert" />{text.inPot}</p>}
            <div class="card-actions">
              <button type="button" class="button button-small" onClick={() => openPerson(dose.resident.id)}>{later.goBack}</button>
              <button type="button" class="button button-small" onClick={() => (state.overlay.value = { name: "not_given", keys: [dose.key] })}>{later.reason}</button>
            </div>
          </article>
        ))}
      </main>
      <footer class="footer">
        {blanks.length > 0 && <p class="footer-words">{later.blanks(blanks.length)}</p>}
        <button type="button" class="button button-main" disabled={blanks.length > 0} onClick={() => finishRound().catch(() => undefined)}>{later.closeRound}</button>
      </footer>
    </>
  );
}

export function Handover() {
  const text = words();
  const later = laterWords();
  const world = state.world.value;
  if (!world || !state.roundView.value) return null;
  const handover = handoverOf(world, state.roundView.value);
  const sections: [string, HandoverLine[]][] = [
    [later.handoverNotGiven, handover.notGiven], [later.handoverLate, handover.late], [later.handoverPrn, handover.prn],
    [later.handoverStops, handover.stops], [later.handoverChecks, handover.checks],
  ];
  const aloud = (): void => read([
    `${later.handoverGiven}: ${handover.given}`,
    ...sections.map(([title, lines]) => `${title}: ${lines.map((line) => `${line.who}, ${line.what}`).join(". ") || later.handoverNothing}`),
  ].join(". "));
  return (
    <>
      <Header title={later.handoverTitle} sub={state.round.value ? text.roundTitle(state.round.value.name) : undefined} back={{ label: later.start, go: () => go({ name: "welcome" }) }} />
      <main class="page">
        <h1>{later.handoverTitle}</h1>
        <p class="lead">{later.handoverIntro}</p>
        <p class="handover-given"><span>{handover.given}</span> {later.handoverGiven.toLowerCase()}</p>
        {sections.map(([title, lines]) => (
          <section key={title} class="section">
            <h2>{title} <span class="section-count">{lines.length}</span></h2>
            {lines.length === 0 ? <p class="quiet">{later.handoverNothing}</p> : (
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
        {canRead() && <button type="button" class="button button-wide" onClick={aloud}><Icon name="speaker" />{later.handoverRead}</button>}
        <button type="button" class="button button-main" onClick={signOut}>{later.handoverNext}</button>
      </footer>
    </>
  );
}

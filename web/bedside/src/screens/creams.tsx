/** Which creams are still to be put on today? For carers away from the trolley: one tap each. */

import { useSignal } from "@preact/signals";
import { say } from "../acts.ts";
import { recordCream } from "../acts_later.ts";
import { creamsOf, type DoseView } from "../fold.ts";
import { time } from "../format.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import * as state from "../state.ts";
import { BodyMap } from "./body_map.tsx";
import { AllergyBand, Face, Header, Icon, go, MedicineName } from "./parts.tsx";

export function Creams() {
  const text = words();
  const later = laterWords();
  const world = state.world.value;
  if (!world) return null;
  const creams = creamsOf(world);
  const unit = world.snapshot.units.find((each) => each.id === state.unitId.value);
  const people = [...new Set(creams.map((dose) => dose.resident))];
  return (
    <>
      <Header title={later.creamsTitle} sub={unit?.name} back={{ label: later.back, go: () => go({ name: state.roundView.value?.isOpen ? "list" : "welcome" }) }} />
      <main class="page">
        <h1>{later.creamsTitle}</h1>
        <p class="lead">{creams.length ? later.creamsHint : later.creamsNone}</p>
        {people.map((resident) => (
          <section key={resident.id} class="section">
            <div class="who">
              <Face resident={resident} size="small" />
              <div class="who-words">
                <h2>{resident.preferred_name}</h2>
                <p class="who-facts"><span>{text.room(resident.room)}</span> <span>{resident.full_name}</span></p>
              </div>
            </div>
            <AllergyBand resident={resident} />
            {creams.filter((dose) => dose.resident === resident).map((dose) => <Cream key={dose.key} dose={dose} />)}
          </section>
        ))}
      </main>
    </>
  );
}

function Cream({ dose }: { dose: DoseView }) {
  const text = words();
  const later = laterWords();
  const isBusy = useSignal(false);
  const { prescription, due, resident } = dose;
  const name = prescription.medicine.name;
  const areas = prescription.body_areas ?? [];
  const done = (): void => {
    isBusy.value = true;
    recordCream(dose).then(() => say(`${resident.preferred_name}: ${text.recorded(1)}`), () => (isBusy.value = false));
  };
  return (
    <article class="card">
      <MedicineName medicine={prescription.medicine} as="h3" />
      <p class="dose">{prescription.dose_words}</p>
      {areas.length > 0 && <p class="flag flag-side"><Icon name="hand" />{areas.join(", ")}</p>}
      {prescription.instructions.length > 0 && <ul class="instructions">{prescription.instructions.map((each) => <li key={each}>{each}</li>)}</ul>}
      <p class="due-at">{later.creamBy(time(due.closes_at))}</p>
      {areas.length > 0 && <details class="where"><summary class="link">{later.siteShow}</summary><BodyMap marked={areas} next={null} /></details>}
      <div class="card-actions">
        <button type="button" class="button button-took button-cream" disabled={isBusy.value} aria-label={later.creamDone(name, resident.preferred_name)} onClick={done}>
          <Icon name="tick" />{later.creamDoneShort}
        </button>
        <button type="button" class="button button-small" aria-label={`${later.creamNot}: ${name}`} onClick={() => (state.overlay.value = { name: "not_given", keys: [dose.key] })}>
          {later.creamNot}
        </button>
      </div>
    </article>
  );
}

/** Who is still to have medicines in this round? On-time medicines first, then corridor order; done sinks. */

import { listEarlier, say } from "../acts.ts";
import { time } from "../format.ts";
import type { DoseView, PersonView } from "../fold.ts";
import { words } from "../messages.ts";
import { openPerson } from "../scanning.ts";
import * as state from "../state.ts";
import { Face, Header, Icon, go } from "./parts.tsx";
import { Reminders } from "./reminders.tsx";
import { ScanButtons } from "./scanbuttons.tsx";

export function List() {
  const text = words();
  const view = state.roundView.value;
  const world = state.world.value;
  if (!view || !world) return null;
  const unit = world.snapshot.units.find((each) => each.id === state.unitId.value);
  const holder = state.holder.value;
  const earlier = listEarlier(view.blankEarlier);
  const finish = (look: string) => (
    <button type="button" class={look} onClick={() => (view.isOpen ? go({ name: "finish" }) : say(text.notStarted))}>{text.finishRound}</button>
  );
  return (
    <>
      <Header title={view.round ? text.roundTitle(view.round.name) : text.app} sub={unit?.name} menu />
      <main class="page page-list">
        <h1 class="count">
          {view.left === 0 ? text.allDone : <>{text.left(view.left)} <span class="count-people">{text.forPeople(view.peopleLeft)}</span></>}
        </h1>
        {holder && view.isOpen && <p class="notice">{text.takenOver(state.nameOf(holder.staff_id), holder.device_name)}</p>}
        <Reminders />
        {earlier > 0 && <p class="notice"><Icon name="clock" /> {text.blankEarlierCount(earlier)}</p>}
        <ul class="people">
          {view.people.map((person) => <li key={person.resident.id}><Row person={person} now={world.now} /></li>)}
        </ul>
        {view.left > 0 && <div class="stack">{finish("button button-wide")}</div>}
      </main>
      <footer class="footer">
        {view.left > 0 ? <p class="footer-words">{text.scanBadgeOrPack}</p> : finish("button button-main")}
        <ScanButtons />
      </footer>
    </>
  );
}

function Row({ person, now }: { person: PersonView; now: number }) {
  const text = words();
  const { resident } = person;
  const isDone = person.left === 0;
  const pot = person.pot.length;
  return (
    <button type="button" class={`row ${isDone ? "row-done" : ""}`} onClick={() => openPerson(resident.id)}>
      <Face resident={resident} size="small" />
      <span class="row-words">
        <span class="row-name">{resident.preferred_name}</span>
        <span class="row-full"><strong class="row-room">{text.room(resident.room)}</strong><span>{resident.full_name}</span></span>
        <span class="tags">
          {resident.presence !== "present" && <span class="tag tag-away">{text.away[resident.presence]}</span>}
          {person.onTime && <OnTimeTag dose={person.onTime} now={now} />}
          {person.nextLaterAt !== null && <span class="tag tag-later"><Icon name="clock" />{text.laterTag(time(person.nextLaterAt))}</span>}
          {person.hasWitnessedMedicine && <span class="tag tag-witness"><Icon name="people" />{text.witnessTag}</span>}
          {person.patches.some((patch) => patch.isOff || patch.checkDueAt !== null) && <span class="tag tag-late"><Icon name="question" />{text.patchTag}</span>}
          {pot > 0 && <span class="tag tag-pot">{text.inPotCount(pot)}</span>}
          {resident.allergy_status === "not_recorded" && <span class="tag tag-allergy"><Icon name="question" />{text.notRecordedTag}</span>}
          {resident.allergies.map((each) => (
            <span key={each.substance} class="tag tag-allergy"><Icon name="alert" />{each.substance}</span>
          ))}
        </span>
      </span>
      <Count person={person} />
    </button>
  );
}

function Count({ person }: { person: PersonView }) {
  const text = words();
  if (person.left > 0) {
    return <span class="row-count" aria-label={text.leftCount(person.left)}>{person.left}<span class="row-count-word">{text.leftWord}</span></span>;
  }
  if (person.doses.length === 0) return <span class="row-count row-count-none">{text.nothingWord}</span>;
  if (person.resident.presence !== "present") return <span class="row-count row-count-none">{text.awayWord}</span>;
  return <span class="row-count row-count-done"><Icon name="tick" /><span class="row-count-word">{text.personDone}</span></span>;
}

function OnTimeTag({ dose, now }: { dose: DoseView; now: number }) {
  const text = words();
  const due = time(dose.due.due_at);
  const isLate = now > Date.parse(dose.due.closes_at);
  const label = isLate ? text.onTimeLate(due) : now < Date.parse(dose.due.opens_at) ? text.onTimeSoon(due) : text.onTimeTag(due);
  return <span class={`tag ${isLate ? "tag-late" : "tag-ontime"}`}><Icon name="clock" />{label}</span>;
}

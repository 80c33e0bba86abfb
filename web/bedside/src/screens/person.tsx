/** What does this person need now, how do they take it, and what is already in the pot? */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { advance, isOld, newDraft, outcomeWord, recordNotGiven, recordPot, say, takeBack } from "../acts.ts";
import { amount, day, moment, partWords, time } from "../format.ts";
import { needsWitness, type DoseView, type PersonView, type PrnView } from "../fold.ts";
import { lazy } from "../lazy.tsx";
import { words } from "../messages.ts";
import type { Prescription } from "../model.ts";
import { byHand } from "../scanning.ts";
import { canRead, read } from "../speech.ts";
import * as state from "../state.ts";
import { AllergyBand, Face, Header, Icon, Swallowing, go, MedicineName } from "./parts.tsx";
import { PrnBar } from "./prn_bar.tsx";
import { ScanButtons } from "./scanbuttons.tsx";

const Patches = lazy("Patches", true);

export function Person() {
  const text = words();
  const person = state.person.value;
  const world = state.world.value;
  const id = person?.resident.id;
  useEffect(() => {
    window.scrollTo(0, 0);
    if (person && state.settings.value.read_aloud) readPerson(person);
  }, [id]);
  if (!person || !world) return null;
  const { resident } = person;
  const open = person.doses.filter((dose) => dose.state !== "answered");
  const current = open.filter((dose) => !dose.isEarlier);
  const earlier = open.filter((dose) => dose.isEarlier);
  const answered = person.doses.filter((dose) => dose.state === "answered");
  return (
    <>
      <Header title={state.round.value ? text.roundTitle(state.round.value.name) : text.app} back={{ label: text.round, go: () => go({ name: "list" }) }} />
      <main class="page page-person">
        <section class="who">
          <Face resident={resident} size="large" />
          <div class="who-words">
            <h1>{resident.preferred_name}</h1>
            <p class="who-full">{resident.full_name}</p>
            <p class="who-facts"><span>{text.room(resident.room)}</span> <span>{text.born(day(resident.born_on))}</span></p>
          </div>
          {canRead() && (
            <button type="button" class="who-read" aria-label={text.readAgain} onClick={() => readPerson(person)}><Icon name="speaker" /></button>
          )}
        </section>
        <AllergyBand resident={resident} />
        <Swallowing resident={resident} />
        {resident.presence !== "present" && <p class="notice">{text.away[resident.presence]}</p>}
        {resident.how_i_take && (
          <section class="how">
            <h2>{text.howITake}</h2>
            <p>{resident.how_i_take}</p>
          </section>
        )}
        {person.standing.map((line) => <Standing key={line.id} line={line} />)}
        {current.length > 0 && <h2 class="heading">{text.dueNow}</h2>}
        {current.map((dose) => <DoseCard key={dose.key} dose={dose} now={world.now} />)}
        {person.doses.length === 0 && <p class="quiet">{text.noneDue}</p>}
        {earlier.length > 0 && <h2 class="heading">{text.blankEarlier}</h2>}
        {earlier.length > 0 && <p class="quiet">{text.blankEarlierHint}</p>}
        {earlier.map((dose) => <DoseCard key={dose.key} dose={dose} now={world.now} />)}
        {person.patches.length > 0 && <Patches patches={person.patches} />}
        {person.prns.length > 0 && <h2 class="heading">{text.whenNeeded}</h2>}
        {person.prns.map((prn) => <PrnCard key={prn.prescription.id} prn={prn} now={world.now} />)}
        {answered.length > 0 && <h2 class="heading">{text.answeredSection}</h2>}
        {answered.map((dose) => <DoseCard key={dose.key} dose={dose} now={world.now} />)}
      </main>
      <PersonFooter person={person} />
    </>
  );
}

/** Always done and never due, or without a dose that may be given: said before anything is given. */
function Standing({ line }: { line: Prescription }) {
  const text = words();
  const level = line.standing?.iddsi_level ?? null;
  if (line.kind === "standing") {
    return (
      <section class="how">
        <h2>{text.standing}</h2>
        <p><strong>{level === null ? state.packName(line) : text.standingLevel(level)}</strong></p>
        <p>{line.standing?.words || line.dose_words}</p>
      </section>
    );
  }
  return (
    <section class="card card-old">
      <MedicineName medicine={line.medicine} as="h3" />
      <p class="flag flag-late"><Icon name="alert" />{line.inr?.is_current === false ? text.noInr : text.unknownTimes}</p>
      <p>{line.inr?.ask ?? line.problem}</p>
    </section>
  );
}

function readPerson(person: PersonView): void {
  const { resident } = person;
  const open = person.doses.filter((dose) => dose.state === "due" && !dose.isEarlier);
  read([
    resident.full_name, words().room(resident.room),
    ...open.map((dose) => `${state.packName(dose.prescription)}. ${dose.prescription.dose_words}. ${dose.prescription.instructions.join(". ")}`),
  ].join(". "));
}

function PersonFooter({ person }: { person: PersonView }) {
  const text = words();
  const isBusy = useSignal(false);
  const ready = person.pot.filter((item) => !isOld(item)).length;
  const doses = person.doses.filter((dose) => dose.state === "due" || dose.state === "later" || (dose.state === "in_pot" && dose.isPotOld));
  const toGo = doses.filter((dose) => !dose.isEarlier).length;
  const blank = doses.length - toGo;
  const name = person.resident.preferred_name;
  const isTakingOff = person.doses.every((dose) => dose.pot === null || dose.due.event === "take_off") && person.prns.every((prn) => prn.inPot === null);
  const took = async (): Promise<void> => {
    isBusy.value = true;
    try {
      const n = await recordPot(person.resident.id);
      say(`${name}: ${text.recorded(n)}`);
      if (doses.length === 0) go({ name: "list" });
    } catch {
      // What happened is on the screen: isNotSaved is set by keep().
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <footer class="footer">
      {ready > 0 ? (
        <>
          {toGo > 0 && <p class="footer-words">{text.stillToDo(toGo)}</p>}
          <button type="button" class="button button-took" disabled={isBusy.value} onClick={() => void took()}>
            <Icon name="tick" />{isTakingOff ? text.recordFor(name, ready) : toGo > 0 ? text.tookThese(name, ready) : text.tookAll(name, ready)}
          </button>
        </>
      ) : toGo > 0 ? (
        <>
          <p class="footer-words footer-strong">{text.scanPacks(toGo)}</p>
          <ScanButtons />
        </>
      ) : (
        <>
          <p class="footer-words">{blank > 0 ? text.blankEarlierCount(blank) : text.nothingLeft}</p>
          <button type="button" class="button button-main" onClick={() => go({ name: "list" })}>{text.nextPerson}</button>
        </>
      )}
    </footer>
  );
}

/** What a scan has just put in the pot is brought into sight: the answer must not lie below the edge of the screen. */
function useInSight(isInPot: boolean) {
  const card = useRef<HTMLElement>(null);
  const wasInPot = useRef(isInPot);
  useEffect(() => {
    if (isInPot && !wasInPot.current) card.current?.scrollIntoView({ block: "nearest" });
    wasInPot.current = isInPot;
  }, [isInPot]);
  return card;
}

function DoseCard({ dose, now }: { dose: DoseView; now: number }) {
  const text = words();
  const { prescription, due } = dose;
  const card = useInSight(dose.state === "in_pot");
  const stateClass = dose.state === "in_pot" ? (dose.isPotOld ? "card-old" : "card-pot") : dose.state === "answered" ? "card-answered" : "";
  return (
    <article ref={card} class={`card ${stateClass}`}>
      <MedicineWords prescription={prescription} amount={dose.pot && due.event !== "take_off" ? amount(dose.pot.amount, due.unit) : null} isChosen={Boolean(due.scale)} />
      {due.event && due.event !== "give" && <p class="dose">{due.event === "put_on" ? text.putOn : text.takeOff}</p>}
      {due.parts && due.parts.length > 0 && <p class="dose">{due.parts.map((part) => partWords(part, prescription)).join(" + ")}</p>}
      {dose.pot?.site && <p class="flag flag-side"><Icon name="hand" />{dose.pot.site}</p>}
      {dose.pot?.given_at && <p class="flag flag-early"><Icon name="clock" />{text.lateEntry(moment(dose.pot.given_at, now))}</p>}
      <DoseTiming dose={dose} now={now} />
      <DoseActions dose={dose} />
    </article>
  );
}

/** `isChosen`: where on the body is asked with each dose, so it is no side to keep to. */
function MedicineWords({ prescription, amount: inPot, isChosen = false }: { prescription: Prescription; amount: string | null; isChosen?: boolean }) {
  const text = words();
  const { medicine } = prescription;
  return (
    <>
      <MedicineName medicine={medicine} as="h3" />
      <p class="dose">{inPot ?? prescription.dose_words}</p>
      {prescription.reason && <p class="reason">{prescription.reason}</p>}
      {prescription.instructions.length > 0 && (
        <ul class="instructions">{prescription.instructions.map((each) => <li key={each}>{each}</li>)}</ul>
      )}
      {(prescription.plans ?? []).map((plan) => (
        <p key={plan.kind} class={`plan ${plan.is_allowed === false ? "plan-no" : ""}`}>
          <strong>{plan.is_allowed === false ? text.notCrushed : text.plans[plan.kind]}:</strong> {plan.words}{plan.review_on && ` (${text.planReview(day(plan.review_on))})`}
        </p>
      ))}
      {prescription.body_areas?.length && !isChosen ? <p class="flag flag-side"><Icon name="hand" />{prescription.body_areas.join(", ")}</p> : null}
      {prescription.inr?.is_current && prescription.inr.inr && prescription.inr.tested_on && (
        <p class="reason">{text.inrWords(prescription.inr.inr, day(prescription.inr.tested_on))}</p>
      )}
      {needsWitness(prescription) && <p class="flag flag-witness"><Icon name="people" />{text.controlled}</p>}
      {medicine.colour_note && <p class="reason">{medicine.colour_note}</p>}
    </>
  );
}

function DoseTiming({ dose, now }: { dose: DoseView; now: number }) {
  const text = words();
  if (dose.state === "answered") return null;
  const { due, prescription } = dose;
  if (dose.timing === "late") return <p class="flag flag-late"><Icon name="clock" />{text.lateSince(moment(due.due_at, now))}</p>;
  if (prescription.time_critical) {
    return <p class="flag flag-ontime"><Icon name="clock" />{text.onTimeBand(time(due.opens_at), time(due.closes_at))}</p>;
  }
  if (dose.timing === "too_early") return <p class="flag flag-early"><Icon name="clock" />{text.earlyFrom(moment(due.early_from, now))}</p>;
  return <p class="due-at">{text.dueAt(time(due.due_at))}</p>;
}

function DoseActions({ dose }: { dose: DoseView }) {
  const text = words();
  const name = dose.prescription.medicine.name;
  if (dose.state === "answered" && dose.answered) {
    const { outcome, given_at, by } = dose.answered;
    const isGiven = outcome === "given";
    return (
      <p class={`answer ${isGiven ? "answer-given" : "answer-not"}`}>
        <Icon name={isGiven ? "tick" : "hand"} />{text.answeredBy(outcomeWord(outcome), time(given_at), by)}
      </p>
    );
  }
  const notGiven = (
    <button type="button" class="button button-small" aria-label={`${text.notGiving}: ${name}`} onClick={() => (state.overlay.value = { name: "not_given", keys: [dose.key] })}>
      {text.notGiving}
    </button>
  );
  if (dose.state === "in_pot") {
    return (
      <>
        {dose.isPotOld && <p class="flag flag-late"><Icon name="alert" />{text.potOld}</p>}
        <div class="card-actions">
          <button type="button" class="pot-tick" onClick={() => takeBack(dose.key)}>
            <Icon name="tick" /><span>{text.inPot}<span class="unseen">: {name}. </span><small>{text.takeBackHint}</small></span>
          </button>
          {notGiven}
        </div>
      </>
    );
  }
  return (
    <>
      {dose.later !== null && <p class="flag flag-early"><Icon name="clock" />{text.laterTag(time(dose.later))}</p>}
      <div class="card-actions">
        <Giving dose={dose} name={name} />
        {notGiven}
      </div>
    </>
  );
}

/** Without a scan: by hand, taken off, by the person themselves, or given earlier and only not recorded. */
function Giving({ dose, name }: { dose: DoseView; name: string }) {
  const text = words();
  const { prescription, due } = dose;
  const small = (label: string, act: () => void) => (
    <button type="button" class="button button-small" aria-label={`${label}: ${name}`} onClick={act}>{label}</button>
  );
  const late = (): void => {
    state.overlay.value = { name: "late_entry", prescriptionId: prescription.id, dueAt: due.due_at };
  };
  if (due.event === "take_off") {
    const scan = { how: "by_hand" as const, text: null, by_hand_reason: "taking_off" };
    return small(text.takeOff, () => advance(newDraft(prescription, { scan, site: prescription.patch?.last_site ?? null }, due)));
  }
  // On top of the dose that is due now nobody gives yesterday's: it can only be said when it was given.
  if (dose.isEarlier) return small(text.givenWhen, late);
  const isOwn = prescription.plans?.some((plan) => plan.kind === "self_administration");
  return (
    <>
      <button type="button" class="button button-small" aria-label={`${text.byHand}: ${name}`} onClick={() => byHand(prescription.id, due.due_at)}>
        <Icon name="hand" />{text.byHand}
      </button>
      {isOwn && small(text.tookThemselves, () => void recordNotGiven([dose], "self_administered", null).catch(() => undefined))}
      {dose.timing === "late" && small(text.givenEarlier, late)}
    </>
  );
}

function PrnCard({ prn, now }: { prn: PrnView; now: number }) {
  const text = words();
  const { prescription, inPot } = prn;
  const card = useInSight(inPot !== null);
  const open = (): void => {
    state.overlay.value = { name: "prn", prescriptionId: prescription.id, scan: null, packId: null, findings: [] };
  };
  const key = inPot?.key;
  return (
    <article ref={card} class={`card card-prn ${inPot ? "card-pot" : ""}`}>
      <MedicineWords prescription={prescription} amount={inPot ? amount(inPot.amount, prescription.unit) : null} />
      <PrnBar prn={prn} />
      <p class={prn.opensAt === null ? "prn-open" : "flag flag-early"}>
        {prn.opensAt === null ? text.prnNow : <><Icon name="lock" />{text.prnNext(moment(prn.opensAt, now))}</>}
      </p>
      <div class="card-actions">
        {inPot && key ? (
          <button type="button" class="pot-tick" onClick={() => takeBack(key)}>
            <Icon name="tick" /><span>{text.inPot}<span class="unseen">: {prescription.medicine.name}. </span><small>{text.takeBackHint}</small></span>
          </button>
        ) : (
          <button type="button" class="button button-small" aria-label={`${text.openPrn}: ${prescription.medicine.name}`} onClick={open}>{text.openPrn}</button>
        )}
      </div>
    </article>
  );
}

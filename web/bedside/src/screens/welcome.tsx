/** What should somebody who comes on shift know before the round? */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { buildTime } from "../build.ts";
import { say, startRound } from "../acts.ts";
import { day, moment } from "../format.ts";
import { words } from "../messages.ts";
import * as state from "../state.ts";
import { setSettings, setWork } from "../disk.ts";
import { talkNow } from "../network.ts";
import { Header, Icon, go } from "./parts.tsx";
import { Reminders } from "./reminders.tsx";

const CLOCK_WARN_MS = 2 * 60_000;
const CLOCK_STOP_MS = 10 * 60_000;

export function Welcome({ below }: { below: ComponentChildren }) {
  const text = words();
  const session = state.session.value;
  const view = state.roundView.value;
  const world = state.world.value;
  if (!session) return null;
  if (!world || !view) return <Waiting />;
  const round = view.round;
  const units = world.snapshot.units;
  const unit = units.find((each) => each.id === state.unitId.value);
  const rounds = world.snapshot.rounds.filter((each) => each.unit_id === state.unitId.value);
  const off = Math.abs(state.clockOffset());
  const holder = state.holder.value;
  const me = session.staff.id;
  const openedBy = view.isOpen && view.openedBy !== me ? view.openedBy : null;
  const from = holder?.staff_id ?? openedBy;
  const isClockWrong = off > CLOCK_STOP_MS;
  const own = world.snapshot.staff.find((each) => each.id === me);
  // What is under way may be finished: only a new round asks for an assessment that holds.
  const isUnassessed = own?.may_start_round === false && !view.isOpen && from === null;
  return (
    <>
      <Header title={text.hello(session.staff.display_name.split(" ")[0] ?? "")} sub={world.snapshot.home.name} menu />
      <main class="page">
        {off > CLOCK_WARN_MS && (
          <p class={isClockWrong ? "problem" : "notice"} role="alert">
            {(isClockWrong ? text.clockStop : text.clockWarn)(Math.round(off / 60_000))}
          </p>
        )}
        {round && (
          <section class="round-card">
            <h1>{text.roundTitle(round.name)}</h1>
            <p class="round-unit">{unit?.name} · {round.starts}–{round.ends}</p>
            <p class="round-count">{text.roundSummary(view.left, view.peopleLeft)}</p>
            {holder && <p class="notice">{text.heldBy(holder.device_name, state.nameOf(holder.staff_id))}</p>}
            {isUnassessed && <p class="problem" role="alert">{text.notAssessed(own?.competency_until ? day(own.competency_until) : null)}</p>}
            <button
              type="button" class="button button-main" disabled={(isClockWrong && !view.isOpen) || isUnassessed}
              onClick={() => startRound(from).catch(() => say(text.notSaved))}
            >
              {from !== null ? text.takeOver(state.nameOf(from)) : view.isOpen ? text.carryOnRound : view.isFinished ? text.openRound : text.startRound}
            </button>
          </section>
        )}
        {view.blankEarlier.length > 0 && (
          <section class="section">
            <h2><Icon name="clock" /> {text.blankEarlierCount(view.blankEarlier.length)}</h2>
            <ul class="lines">
              {view.blankEarlier.slice(0, 8).map((dose) => (
                <li key={dose.key}>
                  <button type="button" class="line-button" onClick={() => go({ name: "person", residentId: dose.resident.id })}>
                    <strong>{dose.resident.preferred_name}, {text.room(dose.resident.room).toLowerCase()}</strong>
                    <span>{dose.prescription.medicine.name} · {text.lateSince(moment(dose.due.due_at, world.now))}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Reminders withCreams />
        <Changes />
        {units.length > 1 && (
          <section class="section">
            <h2>{text.otherUnits}</h2>
            <div class="chips">
              {units.map((each) => (
                <button
                  key={each.id} type="button" class="chip" aria-pressed={each.id === state.unitId.value}
                  onClick={() => { setWork({ roundId: null }); void setSettings({ unit_id: each.id }); }}
                >{each.name}</button>
              ))}
            </div>
          </section>
        )}
        {rounds.length > 1 && (
          <section class="section">
            <h2>{text.otherRounds}</h2>
            <div class="chips">
              {rounds.map((each) => (
                <button
                  key={each.id} type="button" class="chip" aria-pressed={each.id === round?.id}
                  onClick={() => setWork({ roundId: each.id })}
                >{each.name} {each.starts}</button>
              ))}
            </div>
          </section>
        )}
        {below}
        <p class="version">{text.version(buildTime())}</p>
      </main>
    </>
  );
}

function Waiting() {
  const text = words();
  const isTrying = useSignal(false);
  const retry = async (): Promise<void> => {
    isTrying.value = true;
    await talkNow();
    isTrying.value = false;
  };
  return (
    <>
      <Header title={state.device.value?.home.name ?? text.app} menu />
      <main class="page">
        <div class="empty" role="status">
          <p>{state.isSending.value || isTrying.value ? text.loading : text.noResidents}</p>
          <button type="button" class="button" onClick={() => void retry()}>{text.tryAgain}</button>
        </div>
      </main>
    </>
  );
}

function Changes() {
  const text = words();
  const world = state.world.value!;
  const since = state.session.value?.previousSeen ?? world.now - 3 * 24 * 3600_000;
  const changes = (world.snapshot.changes ?? []).filter((change) => Date.parse(change.at) > since);
  const residents = new Map(world.snapshot.residents.map((each) => [each.id, each]));
  const isFirst = state.session.value?.previousSeen == null;
  if (changes.length === 0) return isFirst ? null : <p class="quiet">{text.changedNothing}</p>;
  return (
    <section class="section">
      <h2>{isFirst ? text.changedFirst : text.changedSince}</h2>
      <ul class="lines">
        {changes.slice(0, 12).map((change) => {
          const resident = residents.get(change.resident_id);
          return (
            <li key={change.id} class="line">
              {resident && <strong>{resident.preferred_name}, {text.room(resident.room).toLowerCase()}</strong>}
              <span>{change.words} · {moment(change.at, world.now)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

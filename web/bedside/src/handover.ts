/** What does the next person need to know of this round? Written from the record, never typed. */

import { amount, moment, time } from "./format.ts";
import type { DoseView, RoundView, World } from "./fold.ts";
import { words } from "./messages.ts";
import type { AdministrationBody, Id, ScanBody } from "./model.ts";
import { GIVEN } from "./outcomes.ts";

export interface HandoverLine {
  who: string;
  what: string;
}

export interface HandoverWords {
  given: number;
  notGiven: HandoverLine[];
  late: HandoverLine[];
  prn: HandoverLine[];
  stops: HandoverLine[];
  checks: HandoverLine[];
}

const SHIFT_MS = 12 * 3600_000;

export function handoverOf(world: World, view: RoundView): HandoverWords {
  const text = words();
  const doses = view.people.flatMap((person) => person.doses);
  const answered = doses.filter((dose) => dose.answered !== null);
  const given = answered.filter((dose) => GIVEN.has(dose.answered!.outcome));
  const medicine = (dose: DoseView): string => dose.prescription.medicine.name;
  return {
    given: given.length,
    notGiven: answered.filter((dose) => !GIVEN.has(dose.answered!.outcome)).map((dose) => ({
      who: whoOf(world, dose.resident.id),
      what: `${medicine(dose)}: ${text.outcomes[dose.answered!.outcome] ?? dose.answered!.outcome}`,
    })),
    late: given.filter((dose) => Date.parse(dose.answered!.given_at) > Date.parse(dose.due.closes_at)).map((dose) => ({
      who: whoOf(world, dose.resident.id),
      what: `${medicine(dose)}: ${text.dueAt(time(dose.due.due_at)).toLowerCase()}, ${time(dose.answered!.given_at)}`,
    })),
    prn: whenNeededGiven(world),
    stops: stopped(world),
    checks: view.effectChecks.map((check) => ({
      who: whoOf(world, check.resident_id),
      what: `${medicineOf(world, check.prescription_id)}: ${moment(check.due_at, world.now)}`,
    })),
  };
}

function whenNeededGiven(world: World): HandoverLine[] {
  return recent(world)
    .filter(({ event }) => event.kind === "administration")
    .map(({ event }) => event.body as AdministrationBody)
    .filter((body) => body.due_at === null && GIVEN.has(body.outcome) && body.amount !== null)
    .map((body) => ({
      who: whoOf(world, body.resident_id),
      what: `${medicineOf(world, body.prescription_id)}, ${amount(body.amount!, body.unit)}, ${time(body.given_at)}`,
    }));
}

function stopped(world: World): HandoverLine[] {
  const text = words();
  return recent(world)
    .filter(({ event }) => event.kind === "scan" && (event.body as ScanBody).result === "stopped")
    .map(({ event }) => {
      const body = event.body as ScanBody;
      const title = text.stopTitles[body.findings[0]?.code ?? ""] ?? ((): string => text.stopFallback);
      const name = world.snapshot.residents.find((each) => each.id === body.resident_id)?.preferred_name ?? "";
      return { who: body.resident_id === null ? text.stop : whoOf(world, body.resident_id), what: `${title(name)}, ${time(event.entered_at)}` };
    });
}

function recent(world: World): World["outbox"] {
  return world.outbox.filter(({ event }) => Date.parse(event.entered_at) > world.now - SHIFT_MS);
}

function whoOf(world: World, residentId: Id): string {
  const resident = world.snapshot.residents.find((each) => each.id === residentId);
  return resident ? `${resident.preferred_name}, ${words().room(resident.room).toLowerCase()}` : "?";
}

function medicineOf(world: World, prescriptionId: Id): string {
  return world.snapshot.prescriptions.find((each) => each.id === prescriptionId)?.medicine.name ?? "?";
}

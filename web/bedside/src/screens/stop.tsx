/** What must not be given, why, and where does it belong? A danger: octagon, words, sound, one button. */

import { recordNotGiven } from "../acts.ts";
import { day, moment, readingName } from "../format.ts";
import type { Match } from "../match.ts";
import { words } from "../messages.ts";
import type { FindingRecord, Id, PackRow } from "../model.ts";
import * as state from "../state.ts";
import { Sheet, closeOverlay } from "./parts.tsx";

export function Stop({ match, text: scanText }: { match: Match; text: string }) {
  const text = words();
  const world = state.world.value;
  if (!world) return null;
  const found = state.firstFinding(match);
  const { snapshot } = world;
  const resident = snapshot.residents.find((each) => each.id === match.resident_id);
  const name = resident?.preferred_name ?? "";
  const pack = snapshot.packs.find((each) => each.id === match.pack_id) ?? null;
  const isSuspended = found.code === "stopped_medicine" && snapshot.prescriptions.some((each) => each.id === found["prescription_id"] && each.status === "suspended");
  const isTiming = ["prn_too_soon", "prn_over_maximum", "too_early", "already_given", "in_pot", "hold_rule"].includes(found.code);
  return (
    <Sheet
      kind="stop" label={text.stop}
      footer={(
        <>
          {found.code === "hold_rule" && <HeldButton match={match} found={found} />}
          <button type="button" class={`button ${found.code === "hold_rule" ? "button-wide" : "button-main"}`} onClick={closeOverlay}>
            {isTiming ? text.understood : text.iPutItBack}
          </button>
        </>
      )}
    >
      <Octagon />
      <div role="alert">
        <h1 class="stop-title">{isSuspended ? text.suspended : (text.stopTitles[found.code] ?? (() => text.stopFallback))(name)}</h1>
        <p class="stop-why">{isSuspended ? text.suspendedWhy : why(found, pack, world.now)}</p>
        {holdWords(match, found).map((each) => <p key={each} class="stop-back">{each}</p>)}
      </div>
      <dl class="compare">
        {scanText && <><dt>{text.youScanned}</dt><dd>{scannedName(match, pack, scanText)}</dd></>}
        {resident && !isTiming && <><dt>{text.dueFor(name)}</dt><dd>{dueNames(resident.id)}</dd></>}
      </dl>
      {!isTiming && <p class="stop-back">{text.putBackWords}</p>}
    </Sheet>
  );
}

/** What the prescriber said to do when a reading holds the dose. */
function holdWords({ prescription_id }: Match, found: FindingRecord): string[] {
  if (found.code !== "hold_rule") return [];
  const line = state.world.value!.snapshot.prescriptions.find((each) => each.id === prescription_id);
  const rules = (line?.hold ?? []).filter((each) => each.reading === found["reading"] && each.words).map((each) => each.words!);
  const scaled = typeof found["words"] === "string" && found["words"] ? [found["words"]] : [];
  return [...new Set([...rules, ...scaled])];
}

/** One tap records that the dose was held, with the reading that held it. */
function HeldButton({ match, found }: { match: Match; found: FindingRecord }) {
  const person = state.person.value;
  const dose = person?.doses.find((each) => each.prescription.id === match.prescription_id && each.state !== "answered" && (match.due_at === null || each.due.due_at === match.due_at));
  if (!dose) return null;
  const record = (): void => {
    recordNotGiven([dose], "withheld_on_reading", `${readingName(String(found["reading"]))} ${String(found["value"])}`).then(closeOverlay, () => undefined);
  };
  return <button type="button" class="button button-main" onClick={record}>{words().holdRecord}</button>;
}

function Octagon() {
  return (
    <svg class="octagon" viewBox="0 0 120 120" role="img" aria-label={words().stop}>
      <path class="octagon-ground" d="M38 4h44l34 34v44l-34 34H38L4 82V38z" />
      <path class="octagon-line" d="M40.500 10h39L110 40.500v39L79.500 110h-39L10 79.500v-39z" />
      <text class="octagon-word" x="60" y="71" text-anchor="middle" textLength="82" lengthAdjust="spacingAndGlyphs">{words().stop.toUpperCase()}</text>
    </svg>
  );
}

function why(found: FindingRecord, pack: PackRow | null, now: number): string {
  const text = words();
  const { snapshot } = state.world.value!;
  const fact = (name: string): string | null => (typeof found[name] === "string" ? found[name] : null);
  switch (found.code) {
    case "wrong_resident": {
      const owners = ((found["owner_ids"] as Id[] | undefined) ?? []).flatMap((id) => snapshot.residents.filter((each) => each.id === id));
      const place = pack?.location ? ` ${text.livesIn(pack.location)}` : "";
      if (owners.length === 0) return place.trim();
      if (owners.length > 1) return text.belongsToOneOf(owners.map((each) => `${each.full_name}, ${text.room(each.room).toLowerCase()}`)) + place;
      return text.belongsTo(owners[0]!.full_name, owners[0]!.room) + place;
    }
    case "allergy":
      return text.allergyTo(fact("substance") ?? "");
    case "expired":
      return text.expiredOn(day(fact("expires_on") ?? pack?.expires_on ?? "1970-01-01"));
    case "opened_too_long":
      return text.openedTooLong(day(fact("use_by") ?? pack?.use_by ?? "1970-01-01"));
    case "prn_too_soon":
    case "prn_over_maximum": {
      const at = fact("next_allowed_at");
      return at ? text.opensAt(moment(at, now)) : "";
    }
    case "too_early": {
      const at = fact("early_from");
      return at ? text.opensAt(moment(at, now)) : "";
    }
    case "already_given": {
      const at = fact("given_at");
      return at ? text.givenAt(moment(at, now)) : "";
    }
    case "hold_rule":
      return text.heldBecause(readingName(String(found["reading"] ?? "")), String(found["value"] ?? ""));
    default:
      return text.stopWhy[found.code] ?? "";
  }
}

/** The full name of what was scanned, as far as this device knows it; otherwise the code itself. */
function scannedName(match: Match, pack: PackRow | null, scanText: string): string {
  const { snapshot } = state.world.value!;
  const own = snapshot.prescriptions.find((each) => each.id === match.prescription_id);
  if (own) return state.packName(own);
  if (pack) {
    const owner = snapshot.residents.find((each) => each.id === pack.resident_id);
    const line = snapshot.prescriptions.find((each) => each.medicine.id === pack.medicine_id);
    const code = snapshot.codes.find((each) => each.medicine_id === pack.medicine_id);
    const name = line ? state.packName(line) : code?.pack_name;
    if (name) return owner ? `${name}, ${owner.full_name}` : name;
  }
  const digits = /(\d{13,14})/.exec(scanText)?.[1];
  const known = digits && snapshot.codes.find((each) => each.gtin === digits.padStart(14, "0"));
  return known ? known.pack_name : scanText.replace(/[^\x20-\x7e]/g, " ");
}

function dueNames(residentId: Id): string {
  const person = state.person.value?.resident.id === residentId ? state.person.value : null;
  const open = person?.doses.filter((dose) => dose.state !== "answered") ?? [];
  if (open.length === 0) return words().nothingDue;
  return open.map((dose) => state.packName(dose.prescription)).join("; ");
}

/** What does the app need to know before this dose may go on? A question: a diamond, never an octagon. */

import { useSignal } from "@preact/signals";
import { time } from "../format.ts";
import type { DoseView } from "../fold.ts";
import type { Match } from "../match.ts";
import { medicineWords } from "../medicine_words.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { FindingRecord, Id, Resident, ScanUsed } from "../model.ts";
import { answeredNo, answeredYes, keepReading } from "../acts_later.ts";
import { byHand, dueOf, openPerson, scanned } from "../scanning.ts";
import * as state from "../state.ts";
import { ReadingSheet } from "./dose_questions.tsx";
import { Icon, Sheet, closeOverlay, MedicineName } from "./parts.tsx";

interface Asked {
  match: Match;
  text: string;
  how: ScanUsed["how"];
}

export function Ask(asked: Asked) {
  const found = state.firstFinding(asked.match);
  switch (found.code) {
    case "unknown_barcode":
      return <AskUnknown {...asked} />;
    case "whose_pack":
      return <AskWhose {...asked} found={found} />;
    case "two_packs":
      return <AskTwoPacks {...asked} found={found} />;
    case "reading_first":
      return <AskReading {...asked} found={found} />;
    default:
      return <AskReason {...asked} found={found} />;
  }
}

function Question(props: { title: string; children: preact.ComponentChildren; footer: preact.ComponentChildren }) {
  return (
    <Sheet kind="ask" label={props.title} footer={props.footer}>
      <svg class="diamond" viewBox="0 0 120 120" aria-hidden="true">
        <path class="diamond-ground" d="M60 6l54 54-54 54L6 60z" />
        <text class="diamond-word" x="60" y="80" text-anchor="middle">?</text>
      </svg>
      <h1 class="ask-title">{props.title}</h1>
      {props.children}
    </Sheet>
  );
}

function NoButton({ match, text, how }: Asked) {
  return <button type="button" class="button button-wide" onClick={() => answeredNo(match, { text, how })}>{laterWords().askNo}</button>;
}

/** Check by eye, and teach the code: pending until a manager approves it. */
function AskUnknown(asked: Asked) {
  const text = words();
  const later = laterWords();
  const chosen = useSignal<DoseView | null>(null);
  const person = state.person.value;
  const open = person?.doses.filter((dose) => dose.state === "due" || dose.state === "later") ?? [];
  if (!person) {
    return (
      <Question title={later.askUnknown} footer={<button type="button" class="button button-main" onClick={closeOverlay}>{later.close}</button>}>
        <p class="code">{asked.text}</p>
        <p class="lead">{later.unknownWho}</p>
      </Question>
    );
  }
  const dose = chosen.value ?? (open.length === 1 ? open[0]! : null);
  if (!dose) {
    return (
      <Question title={later.askUnknown} footer={<NoButton {...asked} />}>
        <p class="code">{asked.text}</p>
        <h2 class="heading">{open.length ? later.askWhich : text.nothingLeft}</h2>
        <div class="stack">
          {open.map((each) => (
            <button key={each.key} type="button" class="button button-wide" onClick={() => (chosen.value = each)}>{state.packName(each.prescription)}</button>
          ))}
        </div>
      </Question>
    );
  }
  const { bold, rest } = medicineWords(dose.prescription.medicine);
  return (
    <Question
      title={later.askUnknown}
      footer={(
        <>
          <button type="button" class="button button-main" onClick={() => answeredYes(asked.match, asked, "label_checked", { dose, teach: true })}>{later.askYesTeach}</button>
          <NoButton {...asked} />
        </>
      )}
    >
      <p class="code">{asked.text}</p>
      <p class="lead">{later.askByEye}</p>
      <dl class="eye">
        <dt>{later.askEyeName}</dt><dd>{person.resident.full_name}</dd>
        <dt>{later.askEyeMedicine}</dt><dd>{bold}</dd>
        <dt>{later.askEyeStrength}</dt><dd>{rest}</dd>
      </dl>
      <p class="quiet">{later.askTeachNote}</p>
    </Question>
  );
}

function AskWhose({ match, text: scanText, how, found }: Asked & { found: FindingRecord }) {
  const text = words();
  const later = laterWords();
  const { residents } = state.world.value!.snapshot;
  const owners = ((found["resident_ids"] as Id[] | undefined) ?? [])
    .flatMap((id) => residents.filter((each) => each.id === id));
  const open = (resident: Resident): void => {
    closeOverlay();
    openPerson(resident.id);
  };
  return (
    <Question title={later.askWhose} footer={<NoButton match={match} text={scanText} how={how} />}>
      <p class="lead">{owners.length ? later.askWhoseWords : later.unknownWho}</p>
      <div class="stack">
        {owners.map((each) => (
          <button key={each.id} type="button" class="button button-wide" onClick={() => open(each)}>{each.full_name}, {text.room(each.room).toLowerCase()}</button>
        ))}
      </div>
    </Question>
  );
}

function AskTwoPacks({ match, text: scanText, how, found }: Asked & { found: FindingRecord }) {
  const text = laterWords();
  const { packs } = state.world.value!.snapshot;
  const ids = (found["pack_ids"] as Id[] | undefined) ?? [];
  return (
    <Question title={text.askTwoPacks} footer={<NoButton match={match} text={scanText} how={how} />}>
      <div class="stack">
        {ids.flatMap((id) => packs.filter((each) => each.id === id)).map((pack) => (
          <button key={pack.id} type="button" class="button button-wide" onClick={() => answeredYes(match, { text: scanText, how }, "pack_chosen", { packId: pack.id })}>
            <span class="two-lines">
              <strong>{pack.label_code ?? text.noLabel}</strong>
              <span>{[pack.opened_on ? text.openedOn(pack.opened_on) : text.notOpened, pack.batch && text.batch(pack.batch), pack.location].filter(Boolean).join(" · ")}</span>
            </span>
          </button>
        ))}
      </div>
    </Question>
  );
}

/** The reading is typed here at once, then the dose goes on as it was scanned. */
function AskReading(asked: Asked & { found: FindingRecord }) {
  const { match, text, how } = asked;
  const reading = String(asked.found["reading"] ?? "");
  const typed = (value: string): void => {
    closeOverlay();
    if (match.prescription_id === null) return;
    keepReading(match.prescription_id, reading, value);
    if (how === "by_hand") byHand(match.prescription_id, match.due_at);
    else scanned({ text, how });
  };
  const medicine = dueOf(match)?.prescription.medicine ?? null;
  return <ReadingSheet key={reading} reading={reading} medicine={medicine} onTyped={typed} footer={<NoButton {...asked} />} />;
}

/** Early, not booked in, not due, away: a reason, then on. */
function AskReason({ match, text: scanText, how, found }: Asked & { found: FindingRecord }) {
  const text = laterWords();
  const scan = { text: scanText, how };
  const about = dueOf(match);
  const name = state.person.value?.resident.preferred_name ?? "";
  const title = { early: text.askEarly, not_booked_in: text.askNotBookedIn, not_due: text.askNotDue, resident_away: text.askAway(name) }[found.code] ?? text.askTitle;
  const reasons = { early: text.askEarlyReasons, not_due: text.askNotDueReasons, resident_away: [text.askAwayYes], not_booked_in: [text.askNotBookedYes] }[found.code] ?? [text.askYes];
  return (
    <Question title={title} footer={<NoButton match={match} text={scanText} how={how} />}>
      {about && (
        <div class="ask-about">
          <MedicineName medicine={about.prescription.medicine} as="p" />
        </div>
      )}
      <p class="lead">
        {found.code === "early" && about?.due ? text.askEarlyWords(time(about.due.due_at), time(about.due.opens_at)) : (text.askWords[found.code] ?? "")}
      </p>
      <div class="stack">
        {reasons.map((reason) => (
          <button key={reason} type="button" class="button button-wide button-yes" onClick={() => answeredYes(match, scan, reason)}>
            <Icon name="tick" />{reason}
          </button>
        ))}
      </div>
    </Question>
  );
}

export function Unread({ text: scanText }: { text: string }) {
  const text = laterWords();
  return (
    <Question title={text.askUnread} footer={<button type="button" class="button button-main" onClick={closeOverlay}>{text.close}</button>}>
      <p class="code">{scanText.replace(/[^\x20-\x7e]/g, " ").slice(0, 60)}</p>
      <p class="lead">{text.askUnreadWords}</p>
    </Question>
  );
}

/** Which screen is shown? The one that state says, with at most one answer laid over it. */

import { lazy } from "./lazy.tsx";
import { words } from "./messages.ts";
import { Idle } from "./screens/idle.tsx";
import { List } from "./screens/list.tsx";
import { Icon } from "./screens/parts.tsx";
import { Person } from "./screens/person.tsx";
import { Start } from "./screens/start.tsx";
import { Stop } from "./screens/stop.tsx";
import { Welcome } from "./screens/welcome.tsx";
import * as state from "./state.ts";
import { isSecure } from "./vault.ts";

const Amount = lazy("Amount");
const Ask = lazy("Ask");
const ByHand = lazy("ByHand");
const CameraSheet = lazy("CameraSheet");
const Creams = lazy("Creams");
const DoseReading = lazy("DoseReading");
const EffectSheet = lazy("EffectSheet");
const Enrol = lazy("Enrol");
const Finish = lazy("Finish");
const Handover = lazy("Handover");
const LateEntry = lazy("LateEntry");
const Menu = lazy("Menu");
const NotGiven = lazy("NotGiven");
const Outbox = lazy("Outbox");
const Parts = lazy("Parts");
const PatchCheck = lazy("PatchCheck");
const Prn = lazy("Prn");
const Recount = lazy("Recount");
const Scanner = lazy("Scanner");
const Site = lazy("Site");
const Typed = lazy("Typed");
const Unread = lazy("Unread");
const Witness = lazy("Witness");
const PracticeLabels = lazy("PracticeLabels");

export function App() {
  const text = words();
  const { overlay, toast, isNotSaved, isPractice } = state;
  const isCovered = overlay.value !== null;
  return (
    <>
      {isNotSaved.value && <p class="band band-bad" role="alert"><Icon name="alert" /><span><strong>{text.notSaved}</strong> {text.notSavedLong}</span></p>}
      {state.isRevoked.value && state.session.value && <aside class="band band-warn"><Icon name="alert" /><span>{text.revoked}</span></aside>}
      {!isSecure() && <aside class="band band-warn">{text.insecure}</aside>}
      {isPractice.value && <aside class="band band-practice">{text.practiceBand}</aside>}
      <div class="screen" inert={isCovered}><ScreenOf at={state.screen.value} /></div>
      {overlay.value && <OverlayOf over={overlay.value} />}
      <p class={`toast ${toast.value ? "toast-on" : ""}`} role="status">{toast.value && <><Icon name="tick" />{toast.value}</>}</p>
    </>
  );
}

function ScreenOf({ at }: { at: state.Screen }) {
  const text = words();
  switch (at.name) {
    case "opening":
      return <main class="page"><p class="quiet">{text.loading}</p></main>;
    case "blocked":
      return <main class="page"><p class="problem" role="alert">{at.why === "other_window" ? text.otherWindow : text.storageNeeded}</p></main>;
    case "enrol":
      return <Enrol />;
    case "start":
      return <Start />;
    case "welcome":
      return <Welcome below={state.isPractice.value ? <PracticeLabels /> : null} />;
    case "list":
      return <List />;
    case "person":
      return <Person />;
    case "finish":
      return <Finish />;
    case "creams":
      return <Creams />;
    case "handover":
      return <Handover />;
    case "menu":
      return <Menu />;
    case "outbox":
      return <Outbox />;
    case "scanner":
      return <Scanner />;
  }
}

function OverlayOf({ over }: { over: state.Overlay }) {
  switch (over.name) {
    case "stop":
      return <Stop match={over.match} text={over.text} />;
    case "ask":
      return <Ask key={over.text} match={over.match} text={over.text} how={over.how} />;
    case "unread":
      return <Unread text={over.text} />;
    case "not_given":
      return <NotGiven key={over.keys.join()} keys={over.keys} />;
    case "by_hand":
      return <ByHand prescriptionId={over.prescriptionId} dueAt={over.dueAt} />;
    case "amount":
      return <Amount draft={over.draft} />;
    case "prn":
      return <Prn prescriptionId={over.prescriptionId} scan={over.scan} packId={over.packId} findings={over.findings} />;
    case "witness":
      return <Witness key={over.draft.event_id} draft={over.draft} />;
    case "dose_reading":
      return <DoseReading key={over.reading} draft={over.draft} reading={over.reading} />;
    case "parts":
      return <Parts draft={over.draft} />;
    case "site":
      return <Site draft={over.draft} />;
    case "patch_check":
      return <PatchCheck prescriptionId={over.prescriptionId} />;
    case "late_entry":
      return <LateEntry prescriptionId={over.prescriptionId} dueAt={over.dueAt} />;
    case "recount":
      return <Recount />;
    case "effects":
      return <EffectSheet />;
    case "camera":
      return <CameraSheet />;
    case "typed":
      return <Typed />;
    case "idle":
      return <Idle />;
  }
}

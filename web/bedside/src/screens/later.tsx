/** The screens a round does not need in its first minute, in one file that is loaded after the first screen. */

export { CameraSheet } from "./camerasheet.tsx";
export { Ask, Unread } from "./ask.tsx";
export { Creams } from "./creams.tsx";
export { DoseReading, LateEntry, Parts, Recount } from "./dose_questions.tsx";
export { EffectSheet } from "./effects.tsx";
export { Enrol } from "./enrol.tsx";
export { Finish, Handover } from "./finish.tsx";
export { Menu, Outbox } from "./menu.tsx";
export { PracticeLabels } from "./practice_labels.tsx";
export { Scanner } from "./scanner.tsx";
export { PatchCheck, Patches, Site } from "./patches.tsx";
export { Prn } from "./prn.tsx";
export { Amount, ByHand, NotGiven, Typed } from "./reasons.tsx";
export { Witness } from "./witness.tsx";

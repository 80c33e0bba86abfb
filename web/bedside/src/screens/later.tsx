/** The screens a round does not need in its first minute, in one file that is loaded after the first screen. */

export { CameraSheet } from "./camerasheet.tsx";
export { Finish, Handover } from "./finish.tsx";
export { Menu, Outbox } from "./menu.tsx";
export { PracticeLabels } from "./practice_labels.tsx";
export { Scanner } from "./scanner.tsx";
export { Witness } from "./witness.tsx";

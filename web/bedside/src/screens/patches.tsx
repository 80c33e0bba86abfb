/** Where does a patch or an injection go, is the patch still there, and what when it fell off? */

import { advance, newDraft, potKey, say, sitesOf, takeBack } from "../acts.ts";
import { recordPatchCheck } from "../acts_later.ts";
import type { PatchView } from "../patch_fold.ts";
import { moment } from "../format.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { Id, PatchFound } from "../model.ts";
import * as state from "../state.ts";
import type { Draft } from "../state.ts";
import { BodyMap } from "./body_map.tsx";
import { Icon, Sheet, closeOverlay, MedicineName } from "./parts.tsx";

const FOUND: PatchFound[] = ["in_place", "lifting", "fallen_off"];

/** On the person's page: what is on, since when, and whether somebody must look. */
export function Patches({ patches }: { patches: PatchView[] }) {
  const text = words();
  const later = laterWords();
  const { now } = state.world.value!;
  return (
    <>
      {patches.map((patch) => {
        const { prescription } = patch;
        const name = prescription.medicine.name;
        const again = state.work.value.pot.find((item) => item.key === potKey(prescription.id, null));
        return (
          <article key={prescription.id} class={`card ${again ? "card-pot" : patch.isOff || patch.checkDueAt !== null ? "card-old" : ""}`}>
            <MedicineName medicine={prescription.medicine} as="h3" />
            {patch.isWorn && patch.putOnAt !== null && <p class="dose">{later.patchSince(patch.site ?? "", moment(patch.putOnAt, now))}</p>}
            {patch.isOff ? <p class="flag flag-late"><Icon name="alert" />{later.patchFallen}</p> : !patch.isWorn && <p class="quiet">{later.patchNone}</p>}
            {patch.isWorn && patch.lastFound && <p class="reason">{later.lastFound[patch.lastFound]}</p>}
            {patch.checkDueAt !== null && <p class="flag flag-late"><Icon name="question" />{later.patchCheckDue}</p>}
            <div class="card-actions">
              {patch.isWorn && (
                <button type="button" class="button button-small" aria-label={`${later.patchCheck}: ${name}`} onClick={() => (state.overlay.value = { name: "patch_check", prescriptionId: prescription.id })}>
                  {later.patchCheck}
                </button>
              )}
              {again && (
                <button type="button" class="pot-tick" onClick={() => takeBack(again.key)}>
                  <Icon name="tick" /><span>{text.inPot}{again.site && `: ${again.site}`}<small>{text.takeBackHint}</small></span>
                </button>
              )}
              {patch.isOff && !again && (
                <button type="button" class="button button-small" aria-label={`${later.patchAgain}: ${name}`} onClick={() => putOnAgain(patch)}>
                  {later.patchAgain}
                </button>
              )}
            </div>
            <p class="unseen">{text.patchTag}</p>
          </article>
        );
      })}
    </>
  );
}

/** A new one in the place of one that fell off: no due dose, and its hours begin again. */
function putOnAgain({ prescription }: PatchView): void {
  advance(newDraft(prescription, { scan: { how: "by_hand", text: null, by_hand_reason: "patch_fell_off" }, low: "1", high: "1", event: "put_on" }));
}

export function PatchCheck({ prescriptionId }: { prescriptionId: Id }) {
  const text = words();
  const later = laterWords();
  const patch = state.person.value?.patches.find((each) => each.prescription.id === prescriptionId);
  if (!patch) return null;
  const record = (found: PatchFound): void => {
    recordPatchCheck(patch.prescription, found, patch.site).then(() => {
      closeOverlay();
      say(text.recorded(1));
    }, () => undefined);
  };
  return (
    <Sheet label={later.patchTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{later.cancel}</button>}>
      <h1>{later.patchTitle}</h1>
      <MedicineName medicine={patch.prescription.medicine} as="p" />
      {patch.putOnAt !== null && <p class="dose">{later.patchSince(patch.site ?? "", moment(patch.putOnAt, state.world.value!.now))}</p>}
      <div class="stack">
        {FOUND.map((found) => (
          <button key={found} type="button" class="button button-reason" onClick={() => record(found)}>{later.patchFound[found]}</button>
        ))}
      </div>
      {patch.site && <BodyMap marked={[patch.site]} next={patch.site} />}
    </Sheet>
  );
}

export function Site({ draft }: { draft: Draft }) {
  const later = laterWords();
  const { prescription } = draft;
  const patch = state.person.value?.patches.find((each) => each.prescription.id === prescription.id);
  const sites = sitesOf(draft);
  const next = patch?.nextSite ?? null;
  const last = patch?.site ?? null;
  const choose = (site: string): void => advance({ ...draft, site });
  const order = [...sites].sort((a, b) => Number(b === next) - Number(a === next));
  return (
    <Sheet label={later.siteTitle(prescription.medicine.name)} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{later.cancel}</button>}>
      <h1>{later.siteTitle(prescription.medicine.name)}</h1>
      {patch?.isWorn && last && <p class="notice">{later.siteTakeOff(last)}</p>}
      {!patch?.isWorn && last && <p class="quiet">{later.siteLast(last)}</p>}
      <div class="stack">
        {order.map((site) => (
          <button key={site} type="button" class={`button ${site === next ? "button-main" : "button-reason"}`} disabled={site === last && sites.length > 1} onClick={() => choose(site)}>
            {site === next ? later.siteNext(site) : site === last ? later.siteLast(site) : site}
          </button>
        ))}
      </div>
      <BodyMap marked={sites.filter((site) => site !== last || sites.length === 1)} next={next} onChoose={choose} />
    </Sheet>
  );
}

/** How does a new device join a home? A code from the manager's desk, typed or scanned. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { enrol, enrolmentCode } from "../enrolment.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import { NotSignedIn } from "../session.ts";
import { listenToScans } from "../scanning.ts";
import { NoAnswer, ServerSaid } from "../sync.ts";
import { Icon } from "./parts.tsx";

export function Enrol() {
  const text = laterWords();
  const code = useSignal(codeInAddress() ?? "");
  const name = useSignal("");
  const problem = useSignal<{ field: "code" | "name" | null; text: string } | null>(null);
  const isBusy = useSignal(false);
  useEffect(() => listenToScans((scan) => {
    const found = enrolmentCode(scan.text);
    if (found) code.value = found;
    return true;
  }), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = enrolmentCode(code.value);
    if (!wanted) return void (problem.value = { field: "code", text: text.enrolNoCode });
    if (!name.value.trim()) return void (problem.value = { field: "name", text: text.enrolNoName });
    isBusy.value = true;
    problem.value = null;
    try {
      await enrol(wanted, name.value.trim());
      history.replaceState(null, "", location.pathname);
    } catch (why) {
      problem.value = refused(why);
    } finally {
      isBusy.value = false;
    }
  };
  const wrong = problem.value;
  return (
    <main class="page page-narrow">
      <h1 class="brand"><Icon name="shield" /> {text.enrolTitle}</h1>
      <p class="lead">{text.enrolIntro}</p>
      <form onSubmit={submit} noValidate>
        {wrong && wrong.field === null && <p class="problem" role="alert">{wrong.text}</p>}
        <label class="field">
          <span class="field-label">{text.enrolCode}</span>
          <span class="field-hint" id="code-hint">{text.enrolCodeHint}</span>
          {wrong?.field === "code" && <span class="field-problem" role="alert">{wrong.text}</span>}
          <input
            class="input input-code" value={code.value} autocomplete="off" autocapitalize="characters" spellcheck={false}
            aria-describedby="code-hint" aria-invalid={wrong?.field === "code"} maxLength={12}
            onInput={(event) => (code.value = event.currentTarget.value.toUpperCase())}
          />
        </label>
        <label class="field">
          <span class="field-label">{text.enrolName}</span>
          <span class="field-hint" id="name-hint">{text.enrolNameHint}</span>
          {wrong?.field === "name" && <span class="field-problem" role="alert">{wrong.text}</span>}
          <input
            class="input" value={name.value} autocomplete="off" maxLength={40} aria-describedby="name-hint"
            aria-invalid={wrong?.field === "name"} onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button button-main" disabled={isBusy.value}>
          {isBusy.value ? words().checking : text.enrolButton}
        </button>
      </form>
    </main>
  );
}

/** The square at the desk may hold this app's own address with the code behind the hash. */
function codeInAddress(): string | null {
  const found = /[#&](?:enrol|code)=([A-Za-z0-9-]+)/.exec(location.hash);
  return found ? enrolmentCode(found[1]!) : null;
}

function refused(why: unknown): { field: "code" | null; text: string } {
  const text = laterWords();
  if (why instanceof ServerSaid) return { field: "code", text: why.detail || text.enrolWrong };
  if (why instanceof NotSignedIn) return { field: null, text: why.message };
  if (why instanceof NoAnswer) return { field: null, text: text.enrolNoNetwork };
  throw why;
}

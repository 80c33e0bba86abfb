/** What can wait until the answer to a scan is on the screen? Sounds, and keeping what a scan was stopped for.
 *
 * Opening the sound of an old tablet alone takes longer than everything else that a scan does.
 */

/** A page in the background paints nothing: then it waits no longer than this. */
const LONGEST_MS = 100;

/** Do it once the next frame is painted. What is done so keeps its order. */
export function afterPaint(work: () => void): void {
  waiting.push(work);
  if (waiting.length > 1) return;
  const timer = setTimeout(run, LONGEST_MS);
  if (typeof requestAnimationFrame === "undefined") return;
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      clearTimeout(timer);
      painted.port1.close();
      run();
    };
    painted.port2.postMessage(null);
  });
}

const waiting: (() => void)[] = [];

function run(): void {
  for (const work of waiting.splice(0)) work();
}

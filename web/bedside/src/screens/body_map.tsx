/** Where on the body? The areas of emar/rules/body_map.py, drawn front and back; touched or chosen by name. */

import drawn from "../body_map.json";
import { laterWords } from "../messages_later.ts";

interface Area {
  words: string;
  view: string;
  x: number;
  y: number;
  width: number;
  height: number;
  corner: number;
}

const { width, height, areas } = drawn as { width: number; height: number; areas: Area[] };

export function BodyMap({ marked, next, onChoose }: { marked: string[]; next: string | null; onChoose?: (site: string) => void }) {
  const later = laterWords();
  const views = ["front", "back"].filter((view) => areas.some((area) => area.view === view && marked.includes(area.words)));
  return (
    <figure class="body-map">
      <div class="body-views">
        {views.map((view) => (
          <div key={view}>
            <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
              {areas.filter((area) => area.view === view).map((area) => (
                <rect
                  key={area.words} x={area.x} y={area.y} width={area.width} height={area.height} rx={area.corner}
                  class={area.words === next ? "area area-next" : marked.includes(area.words) ? "area area-marked" : "area"}
                  onClick={marked.includes(area.words) && onChoose ? () => onChoose(area.words) : undefined}
                />
              ))}
            </svg>
            <p class="quiet">{view === "front" ? later.front : later.behind}</p>
          </div>
        ))}
      </div>
      {views.length > 0 && <figcaption class="quiet">{later.siteMap}</figcaption>}
    </figure>
  );
}

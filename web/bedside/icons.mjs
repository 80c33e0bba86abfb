// Draws the app's icon (a cup with a tick on a rounded square) as PNG, so that no binary is kept in the repository.
import { deflateSync } from "node:zlib";

function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type, body) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length);
  head.write(type, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc(Buffer.concat([head.subarray(4), body])));
  return Buffer.concat([head, body, tail]);
}

const near = (px, py, ax, ay, bx, by) => {
  const t = Math.max(0, Math.min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
  return Math.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay));
};

function colour(x, y) {
  const tick = Math.min(near(x, y, 0.38, 0.56, 0.47, 0.66), near(x, y, 0.47, 0.66, 0.64, 0.45));
  if (tick < 0.035) return [0x0b, 0x53, 0x94];
  const side = 0.27 + (y - 0.3) * 0.14;
  const isCup = y > 0.3 && y < 0.8 && x > side && x < 1 - side;
  const isRim = Math.abs(y - 0.27) < 0.045 && x > 0.22 && x < 0.78;
  return isCup || isRim ? [255, 255, 255] : [0x0b, 0x53, 0x94];
}

export function iconPng(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sum = [0, 0, 0];
      for (const [dx, dy] of [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]) {
        colour((x + dx) / size, (y + dy) / size).forEach((value, i) => (sum[i] += value / 4));
      }
      sum.forEach((value, i) => (rows[y * (size * 3 + 1) + 1 + x * 3 + i] = Math.round(value)));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

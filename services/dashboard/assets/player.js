// Recordings of one's own attempts: fetched when somebody wants to hear them, from the start or from a word.
// Elements with data-take (an attempt's id) play it; data-from is where to begin, in ms.
(function () {
  "use strict";
  const KINDS = [[0, "RIFF", "audio/wav"], [0, "OggS", "audio/ogg"], [4, "ftyp", "audio/mp4"], [0, "\x1aE\xdf\xa3", "audio/webm"]];
  const sources = new Map(); // the latest few
  let player = null, button = null;

  async function source(id) {
    if (!sources.has(id)) {
      const response = await fetch(`/api/v1/training/attempts/${encodeURIComponent(id)}/audio`);
      if (!response.ok) throw new Error(`${response.status}`);
      const bytes = await response.arrayBuffer();
      const start = String.fromCharCode(...new Uint8Array(bytes.slice(0, 12)));
      const type = KINDS.find(([at, mark]) => start.startsWith(mark, at))?.[2] ?? "";
      sources.set(id, URL.createObjectURL(new Blob([bytes], { type })));
      if (sources.size > 8) {
        const [oldest, url] = sources.entries().next().value;
        URL.revokeObjectURL(url);
        sources.delete(oldest);
      }
    }
    return sources.get(id);
  }

  const idle = () => {
    if (button) button.setAttribute("aria-pressed", "false");
    button = null;
  };

  async function press(next) {
    const same = next === button;
    player?.pause();
    idle();
    if (same) return;
    button = next;
    button.setAttribute("aria-pressed", "true");
    try {
      const url = await source(next.dataset.take);
      if (button !== next) return;
      player = player ?? new Audio();
      player.onended = idle;
      if (player.src !== url) player.src = url;
      player.currentTime = Math.max(0, Number(next.dataset.from ?? 0) / 1000 - 0.3);
      await player.play();
    } catch {
      idle();
    }
  }

  document.addEventListener("click", (event) => {
    const next = event.target.closest?.("[data-take]");
    if (next) press(next);
  });
})();

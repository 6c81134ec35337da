// The training page's recorder, from the microphone to the attempt that was judged. Its phases: none (no text yet),
// ready, opening, countdown, recording, taken, sending, judging, judged; CSS shows what belongs to each.
(function () {
  "use strict";
  const MOST_BYTES = 15 * 2 ** 20; // the API takes 16 MiB
  const QUIET = 0.03, LOUD = 0.97;
  const byId = (id) => document.getElementById(id);
  let exercise = null, recording = null, take = null, attempt = null;
  let run = 0; // what was begun for another exercise or take has nothing to say any more

  const words = () => JSON.parse(byId("recorder")?.dataset.say ?? "{}");
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function phase(name, focus) {
    const root = byId("recorder");
    if (!root) return;
    root.dataset.phase = name;
    if (focus) setTimeout(() => root.querySelector(`[data-do="${focus}"]`)?.focus(), 0);
  }

  function say(name, more) {
    const line = byId("recorder-says");
    if (!line) return;
    line.textContent = name ? words()[name] + (more ? ` (${more})` : "") : "";
    line.dataset.what = name ?? "";
  }

  function play(blob) {
    const player = byId("recorder-play");
    if (player.src) URL.revokeObjectURL(player.src);
    if (blob) player.src = URL.createObjectURL(blob);
    else player.removeAttribute("src");
  }

  function cancel() {
    run += 1;
    recording?.close();
    recording = null;
  }

  async function start() {
    cancel();
    const mine = run;
    say(null);
    phase("opening");
    try {
      const opened = await diktor.Recording.open();
      if (mine !== run) return opened.close();
      recording = opened;
    } catch (error) {
      if (mine !== run) return;
      say(error.obstacle);
      return phase("ready", "start");
    }
    phase("countdown", "cancel");
    for (const left of [3, 2, 1]) {
      byId("recorder-count").textContent = left;
      await diktor.pause(700);
      if (mine !== run) return;
      if (!byId("recorder")) return cancel();
    }
    byId("recorder-level").style.width = "0";
    byId("recorder-loudness").textContent = "";
    recording.heard = level;
    recording.start();
    phase("recording", "stop");
    const longest = Math.min(exercise.longest_s, MOST_BYTES / 2 / (recording.context?.sampleRate ?? 1));
    const tick = () => {
      if (mine !== run) return;
      if (!byId("recorder")) return cancel(); // the page was left
      byId("recorder-time").textContent = `${clock(recording.seconds)} / ${clock(longest)}`;
      if (recording.seconds >= longest) stop("longest");
      else setTimeout(tick, 100);
    };
    tick();
  }

  let loudest = 0, told = 0;
  function level(peak) {
    loudest = Math.max(peak, loudest * 0.85);
    const bar = byId("recorder-level");
    if (!bar) return;
    bar.style.width = `${Math.round(100 * Math.sqrt(loudest))}%`;
    const which = loudest < QUIET ? "quiet" : loudest > LOUD ? "loud" : "good";
    bar.dataset.level = which;
    if (performance.now() - told > 300) {
      byId("recorder-loudness").textContent = words()[which];
      told = performance.now();
    }
  }

  async function stop(why) {
    const ended = recording;
    recording = null;
    run += 1;
    if (!ended) return;
    const made = await ended.stop();
    take = {
      key: crypto.randomUUID(),
      user: byId("recorder").dataset.user,
      exercise: exercise.id,
      text: exercise.text,
      blob: made.blob,
      name: made.name,
      seconds: made.seconds,
      at: Date.now(),
    };
    await diktor.takes.keep(take).catch(() => {}); // a browser that keeps nothing can still send
    taken(made.clipped ? "overload" : made.silent ? "nothing" : why);
  }

  function taken(why) {
    play(take.blob);
    say(why);
    byId("recorder-length").textContent = clock(take.seconds);
    phase("taken", "send");
  }

  async function send() {
    const sent = take, mine = ++run;
    say(null);
    phase("sending");
    try {
      attempt = (await diktor.takes.send(sent)).id;
    } catch (error) {
      if (mine !== run || !byId("recorder")) return;
      const known = { 404: "gone", 413: "large", 429: "waiting" };
      say(error.status ? (known[error.status] ?? "not_taken") : "away", error.status && !known[error.status] ? error.said : "");
      return phase("taken", "send");
    }
    await diktor.takes.drop(sent.key).catch(() => {});
    if (mine !== run) return;
    take = null;
    diktor.address({ attempt });
    judge(attempt);
  }

  async function judge(id) {
    const mine = ++run;
    phase("judging");
    for (;;) {
      try {
        await diktor.takes.judged(id);
        break;
      } catch (error) {
        if (mine !== run || !byId("recorder")) return;
        if (error.status === 404) return again();
        say("judging_away"); // it was taken: it is judged whether this page hears of it or not
        await diktor.pause(3000);
      }
    }
    if (mine !== run || !byId("recorder")) return;
    say(null);
    window.dash_clientside.set_props("training-attempt", { data: id });
    phase("judged");
  }

  function again() {
    cancel();
    if (take) diktor.takes.drop(take.key).catch(() => {});
    take = attempt = null;
    play(null);
    say(diktor.obstacle());
    diktor.address({ attempt: null });
    window.dash_clientside.set_props("training-attempt", { data: null });
    phase("ready", "start");
  }

  // What was recorded for other texts and is not sent.
  async function others(known) {
    const box = byId("recorder-kept");
    const rest = known.filter((kept) => kept.exercise !== exercise?.id);
    if (!box) return;
    box.hidden = rest.length === 0;
    box.querySelector("ul").replaceChildren(
      ...rest.map((kept) => {
        const line = document.createElement("li"), link = document.createElement("a");
        link.href = `/training?exercise=${encodeURIComponent(kept.exercise)}`;
        link.textContent = kept.text;
        line.append(link);
        return line;
      }),
    );
  }

  async function shown(given, asked) {
    cancel();
    exercise = given;
    take = null;
    attempt = null;
    const root = byId("recorder");
    if (!root) return;
    const mine = run;
    const known = await diktor.takes.of(root.dataset.user).catch(() => []);
    if (mine !== run || !byId("recorder")) return;
    others(known);
    if (!exercise) return phase("none");
    diktor.address({ exercise: exercise.id, attempt: asked, ...exercise.asked });
    take = known.find((kept) => kept.exercise === exercise.id) ?? null;
    if (take) return taken("kept");
    if (asked) return judge((attempt = asked));
    play(null);
    say(diktor.obstacle());
    phase("ready");
  }

  const doing = { start, send, again, stop: () => stop(), cancel: again };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#recorder [data-do]");
    if (button) doing[button.dataset.do]?.();
  });
  window.addEventListener("online", () => {
    if (byId("recorder")?.dataset.phase === "taken" && byId("recorder-says").dataset.what === "away") send();
  });
  window.addEventListener("beforeunload", (event) => {
    if (byId("recorder")?.dataset.phase === "recording") event.preventDefault();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    training: {
      shown: (given) => {
        setTimeout(() => shown(given, given?.attempt), 0);
        return window.dash_clientside.no_update;
      },
    },
  });
})();

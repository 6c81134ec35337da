// One's own account: the password is changed from here, for the answer sets the cookies of the session that goes on.
(function () {
  "use strict";
  const NAMES = { 403: "wrong", 422: "weak", 429: "often" };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    profile: {
      language: (code) => window.dash_clientside.shell.language(code),
      theme: (chosen) => {
        diktor.remember("theme", chosen);
        return chosen;
      },
    },
  });

  // Asked once, past session.js' patience: too many attempts are to be said, not waited for.
  async function ask(body) {
    const send = () => diktor.post("/password", body);
    const since = Date.now();
    const response = await send();
    return response.status === 401 && (await diktor.renew(since)) ? send() : response;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-change-password]");
    if (!form) return;
    event.preventDefault();
    const [current, next, repeat] = form.querySelectorAll("input");
    const wrong = form.querySelector("[role=alert]"), right = form.querySelector("[role=status]");
    const button = form.querySelector("button[type=submit]");
    wrong.textContent = right.textContent = "";
    if (next.value !== repeat.value) return (wrong.textContent = form.dataset.differ);
    button.disabled = true;
    const response = await ask({ current: current.value, new: next.value }).catch(() => null);
    button.disabled = false;
    if (response?.ok) {
      await diktor.kept(response);
      for (const name of ["current", "new", "repeat"]) window.dash_clientside.set_props("profile-" + name, { value: "" });
      right.textContent = form.dataset.changed;
      return;
    }
    const key = !response ? "away" : NAMES[response.status] ?? "other";
    wrong.textContent = form.dataset[key].replace("{s}", response?.headers.get("Retry-After") ?? "");
  });
})();

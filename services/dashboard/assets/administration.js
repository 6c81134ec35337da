// Filters of the audit log are in the address.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  administration: {
    audit: (actor, action, subject, days) => {
      diktor.address({ actor, action, subject, days: days === "7" ? null : days });
      return window.dash_clientside.no_update;
    },
  },
});

// What is chosen of operators and teams is in the address.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  operators: {
    days: (days) => {
      diktor.address({ days: days === "90" ? null : days });
      return window.dash_clientside.no_update;
    },
    address: (by, team, days, order, page) => {
      diktor.address({
        by: by === "team" ? by : null,
        team,
        days: days === "30" ? null : days,
        sort: order.by === "likely" ? null : order.by,
        defect: order.by === "likely" && order.defect !== "rhotacism" ? order.defect : null,
        up: order.descending ? null : "1",
        page: page > 1 ? page : null,
      });
      return window.dash_clientside.no_update;
    },
  },
});

/** What the dashboard's module makes of the panels that Home Assistant has. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import test from "node:test";

import { DIFFERENCES, DRIFTED, FINE, Home, SINCE, load, withStatus } from "./home.mjs";

const MODULE = new URL("../../custom_components/bas_ip/frontend/bas-ip.js", import.meta.url);
const LANGUAGES = ["cs", "de", "en", "es", "fr", "it", "nl", "pl", "uk"];
const SINCE_TEXT = "November 26, 2026 at 11:00";
const ALL = [
  "not_reachable",
  "another_device",
  "login_rejected",
  "forbidden",
  "drifted",
  "not_registered",
  "not_comparable",
  "nothing_expected",
  "as_expected",
];

const { strategy } = await load();

const generate = (home, options) => strategy.generate({ type: "custom:bas-ip", ...options }, home);

/** Return the sections of the view of all panels. */
async function overview(home, options) {
  return (await generate(home, options)).views[0].sections;
}

/** Return the view of the first panel. */
async function viewOf(entities, home = new Home()) {
  home.add("Front door", entities);
  return (await generate(home)).views[1];
}

/** Return the cards of a panel in the view of all panels. */
async function cardsOf(entities, home = new Home()) {
  home.add("Front door", entities);
  return (await overview(home)).at(-1).cards;
}

/** Return the paragraphs of a card as a browser shows them. */
function read({ content }) {
  const decoded = content.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code));
  return decoded.slice(3, -4).split("</p><p>");
}

const allCards = (view) => view.sections.flatMap((section) => section.cards);
const headings = (sections) => sections.map(({ cards: [first] }) => first.heading ?? first.name);
const names = (cards) => cards.map((card) => card.heading ?? card.name);
const ofType = (cards, type) => cards.filter((card) => card.type === type);
const buttons = (cards) => cards.filter((card) => card.hide_state);

test("it is small", () => {
  assert.ok(statSync(MODULE).size < 20_000);
});

test("it waits for the page and offers itself once, besides what others offer", async () => {
  const other = { type: "other", strategyType: "dashboard" };
  const customStrategies = [other];
  const { again, before, elements, page } = await load({ customStrategies });
  await again();
  assert.equal(before, 0);
  assert.equal(page.customStrategies, customStrategies);
  assert.equal(customStrategies.length, 2);
  assert.equal(customStrategies[0], other);
  const { description, name, strategyType, type } = customStrategies[1];
  assert.deepEqual([type, strategyType, name], ["bas-ip", "dashboard", "BAS-IP"]);
  assert.match(description, /^Door panels: /);
  assert.deepEqual([...elements.keys()], ["ll-strategy-dashboard-bas-ip"]);
});

test("it leaves nothing else behind on a page", async () => {
  const { page } = await load();
  assert.deepEqual(Object.keys(page), ["customElements", "customStrategies"]);
});

test("the form for a new dashboard is filled in", async () => {
  assert.deepEqual(await strategy.getCreateSuggestions(new Home("de")), {
    title: "Türstationen",
    icon: "mdi:doorbell-video",
  });
});

test("without a panel it says so", async () => {
  const [{ cards }] = await overview(new Home());
  assert.deepEqual(read(cards[0]), ["No panel is set up."]);
});

test("a healthy panel is one tile, which opens its view", async () => {
  const home = new Home();
  const cards = await cardsOf(FINE, home);
  assert.deepEqual(cards, [
    {
      type: "tile",
      entity: "sensor.entity_0",
      name: "Front door",
      color: "green",
      state_content: ["state"],
      tap_action: { action: "navigate", navigation_path: "panel-id-of-Front door" },
      grid_options: { columns: "full" },
    },
  ]);
  const { views } = await generate(home);
  assert.deepEqual(
    views.map(({ path, subview, title }) => [path, subview, title]),
    [
      ["panels", undefined, "Door panels"],
      ["panel-id-of-Front door", true, "Front door"],
    ],
  );
});

test("a tile has the colour of its Status, and only a problem is told in full", async () => {
  const shown = {};
  for (const status of [...ALL, "unknown", "unavailable", "from_later"]) {
    const [tile, ...more] = await cardsOf(withStatus(status, "why"));
    shown[status] = [tile.color, more.length > 0];
  }
  assert.deepEqual(shown, {
    not_reachable: ["red", true],
    another_device: ["red", true],
    login_rejected: ["red", true],
    forbidden: ["red", true],
    drifted: ["orange", true],
    not_registered: ["red", true],
    not_comparable: ["orange", true],
    nothing_expected: ["grey", false],
    as_expected: ["green", false],
    unknown: ["grey", false],
    unavailable: ["grey", false],
    from_later: ["grey", false],
  });
});

test("a drift says what differs, line by line, since when, and where the panel is", async () => {
  const home = new Home();
  home.floors = { ground: { name: "Ground floor" } };
  home.areas = { hall: { name: "Hall", floor_id: "ground" } };
  home.add("Front door", DRIFTED, { area_id: "hall" });
  const { cards } = (await overview(home)).at(-1);
  assert.deepEqual(read(cards[1]), [
    "Ground floor, Hall",
    ...DIFFERENCES,
    `Since: ${SINCE_TEXT}`,
  ]);
});

test("what a drift is stands there whatever else is wrong", async () => {
  const problems = ["No answer", ...DIFFERENCES];
  const status = { "sensor.status": ["not_reachable", { since: null, problems }] };
  const cards = await cardsOf({ ...DRIFTED, ...status });
  assert.deepEqual(read(cards[1]), ["No answer", ...DIFFERENCES]);
  // Nothing can be accepted that cannot be read.
  assert.deepEqual(names(buttons(cards)), ["Open the repairs"]);
});

test("values can be copied as they are", async () => {
  const cards = await cardsOf(withStatus("drifted", "a → <\u2060b>"));
  assert.equal(read(cards[1])[0], "a → <b>");
});

test("what is shown is accepted after a question, and nothing that comes later", async () => {
  const [accept] = buttons(await cardsOf(DRIFTED));
  assert.equal(accept.name, "Accept settings");
  assert.deepEqual(accept.tap_action, {
    action: "perform-action",
    perform_action: "bas_ip.accept_settings",
    target: { entity_id: "binary_sensor.entity_5" },
    data: { number: 7 },
    confirmation: {
      title: "Accept settings",
      text: "The current settings of Front door become the expected ones.",
    },
  });
});

test("each account is accepted by itself", async () => {
  const cards = await cardsOf({
    ...withStatus("drifted", "account 1", "account 2"),
    "binary_sensor.second:drift": ["on", { number: 2 }],
    "binary_sensor.first:drift": ["on", { number: 1 }],
  });
  assert.deepEqual(read(cards[1]), ["account 1", "account 2", `Since: ${SINCE_TEXT}`]);
  const accepts = buttons(cards).filter((card) => card.tap_action.data);
  assert.deepEqual(
    accepts.map(({ name, tap_action: { data, target } }) => [name, target.entity_id, data.number]),
    [
      ["Accept settings (First account)", "binary_sensor.entity_9", 1],
      ["Accept settings (Second account)", "binary_sensor.entity_5", 2],
    ],
  );
  assert.match(accepts[0].tap_action.confirmation.text, /Front door \(First account\)/);
});

test("links lead to what helps, and only those who may go there", async () => {
  const links = {};
  const user = { is_admin: false };
  for (const status of ALL) {
    const entities = status === "drifted" ? DRIFTED : withStatus(status);
    const [paths, others] = await Promise.all(
      [new Home(), new Home().with({ user })].map(async (home) =>
        buttons(await cardsOf(entities, home))
          .map((card) => card.tap_action.navigation_path)
          .filter(Boolean),
      ),
    );
    assert.deepEqual(others, []);
    if (paths.length) links[status] = paths;
  }
  assert.deepEqual(links, {
    another_device: ["/config/repairs/dashboard"],
    login_rejected: ["/config/integrations/integration/bas_ip"],
    forbidden: ["/config/integrations/integration/bas_ip"],
    drifted: ["/config/repairs/dashboard"],
  });
});

test("the view of a panel has everything else of it", async () => {
  const changes = [
    { time: SINCE, type: "drift_detected", message: "account 2 realm: a → b" },
    { time: SINCE, type: "panel_unreachable" },
    { time: SINCE, type: "from_later", message: "?" },
    ...Array.from({ length: 20 }, () => ({ time: SINCE, type: "settings_changed" })),
  ];
  const view = await viewOf({
    ...FINE,
    "sensor.last_settings_change": [SINCE, { changes }],
    "sensor.second:account_sip_status": "registered",
    "binary_sensor.second:password_exposed": "on",
  });
  assert.deepEqual(
    view.sections.map(({ cards }) => names(cards)),
    [
      [
        "Front door",
        "Front door",
        "SIP status",
        "SIP status",
        "Account 2 SIP status",
        "Account 2 SIP status",
        undefined,
      ],
      [
        "Second account",
        "Account 2 drift",
        "Account 2 password exposed",
        "Account 2 proxy",
        "Account 2 interval",
        "Account 2 outbound proxy",
      ],
      ["Changes", undefined],
    ],
  );
  const [history] = ofType(allCards(view), "history-graph");
  assert.deepEqual(
    history.entities.map(({ entity }) => entity),
    ["sensor.entity_0", "sensor.entity_2", "sensor.entity_9"],
  );
  const lines = read(view.sections[2].cards[1]);
  assert.equal(lines.length, 10);
  assert.deepEqual(lines.slice(0, 3), [
    `${SINCE_TEXT}<br><b>Drift detected</b><br>account 2 realm: a → b`,
    `${SINCE_TEXT}<br><b>Unreachable</b>`,
    `${SINCE_TEXT}<br><b>from_later</b><br>?`,
  ]);
});

test("a registration is green or red", async () => {
  const tiles = ofType(allCards(await viewOf(FINE)), "tile");
  const [green, red] = tiles.filter(({ name }) => name === "SIP status");
  const condition = { condition: "state", entity: "sensor.entity_2" };
  assert.equal(green.color, "green");
  assert.deepEqual(green.visibility, [{ ...condition, state: "registered" }]);
  assert.equal(red.color, "red");
  assert.deepEqual(red.visibility, [{ ...condition, state_not: "registered" }]);
});

test("the view of a panel says what is wrong with it, too", async () => {
  const view = await viewOf(DRIFTED);
  const [why] = ofType(allCards(view), "markdown");
  assert.deepEqual(read(why).slice(0, 2), DIFFERENCES);
  assert.deepEqual(names(buttons(allCards(view))), ["Accept settings", "Open the repairs"]);
});

test("the device's page is for those who may open it", async () => {
  const heading = async (home) => allCards(await viewOf(FINE, home))[0];
  const { tap_action } = await heading(new Home());
  assert.equal(tap_action.navigation_path, "/config/devices/device/id-of-Front door");
  const other = await heading(new Home().with({ user: { is_admin: false } }));
  assert.equal(other.tap_action, undefined);
});

test("nothing is shown that the panel does not have", async () => {
  const view = await viewOf({ "sensor.sip_status": "registered" });
  assert.deepEqual(
    allCards(view).map((card) => card.type),
    ["heading", "tile", "tile", "tile", "history-graph"],
  );
  const [tile] = await cardsOf({ "event.sip_events": "unknown" });
  assert.deepEqual([tile.entity, tile.color], ["event.entity_0", "grey"]);
});

test("entities that are disabled or hidden, or of others, are left out", async () => {
  const home = new Home();
  const id = home.add("Front door", {});
  home.addEntity(id, "sensor.sip_status", "registered", { disabled_by: "user" });
  home.addEntity(id, "sensor.status", "drifted", { hidden_by: "user" });
  home.addEntity(id, "sensor.second:realm", "x", { platform: "other" });
  home.addEntity("no-device", "sensor.second:realm", "x");
  const shown = home.addEntity(id, "binary_sensor.second:drift", "off");
  const { views } = await generate(home);
  const found = views.flatMap(allCards).flatMap((card) => card.entity ?? card.entities ?? []);
  assert.deepEqual([...new Set(found)], [shown]);
});

test("names that a user has given are used", async () => {
  const home = new Home();
  const id = home.add("Front door", {});
  home.addEntity(id, "sensor.status", "as_expected", { name: "How is it?" });
  home.addEntity(id, "sensor.sip_status", "registered", { name: "Line" });
  home.devices[id].name_by_user = "Main entrance";
  const { views } = await generate(home);
  assert.equal(views[0].sections[0].cards[0].name, "Main entrance");
  const expected = ["Main entrance", "How is it?", "Line", "Line", undefined];
  assert.deepEqual(names(allCards(views[1])), expected);
});

test("it speaks the language of the user", async () => {
  const home = new Home("de");
  const view = await viewOf(FINE, home);
  assert.deepEqual(home.loaded, ["bas_ip.entity", "bas_ip.services", "bas_ip.selector"]);
  assert.ok(names(allCards(view)).includes("Zweites Konto"));
});

test("times are those of the user", async () => {
  const time = async (language, locale) => {
    const home = new Home(language);
    const cards = await cardsOf(DRIFTED, home.with({ locale: { ...home.locale, ...locale } }));
    // The spaces before AM are not those of a keyboard.
    return read(cards[1]).at(-1).split(": ").slice(1).join().replace(/\s/g, " ");
  };
  assert.equal(await time("en", {}), SINCE_TEXT);
  assert.equal(await time("de", {}), "26. November 2026 um 11:00");
  assert.equal(await time("de", { time_format: "language" }), "26. November 2026 um 11:00");
  assert.equal(await time("en", { time_format: "12" }), "November 26, 2026 at 11:00 AM");
  assert.equal(await time("en", { time_format: "language" }), "November 26, 2026 at 11:00 AM");
  assert.match(await time("en", { time_format: "system" }), /11:00/);
  assert.match(await time("en", { time_zone: "local" }), /November 2\d, 2026 at \d\d:/);
});

test("no text is missing", async () => {
  for (const language of LANGUAGES) {
    const home = new Home(language);
    for (const status of ALL) home.add(status, { ...DRIFTED, ...withStatus(status) });
    const texts = JSON.stringify([await generate(home), await generate(new Home(language))]);
    assert.doesNotMatch(texts, /(selector|entity|services)\.\w+\./, language);
    assert.doesNotMatch(texts, /undefined|null/, language);
  }
});

test("the hours of the history are an option", async () => {
  const hours = async (options) => {
    const home = new Home();
    home.add("Front door", FINE);
    const { views } = await generate(home, options);
    return ofType(allCards(views[1]), "history-graph")[0].hours_to_show;
  };
  assert.equal(await hours({}), 24);
  assert.equal(await hours({ hours: 6 }), 6);
});

test("the panels are an option", async () => {
  const home = new Home();
  home.add("Front door", FINE);
  const id = home.add("Garage gate", FINE);
  const { views } = await generate(home, { panels: [id] });
  assert.deepEqual(names(allCards(views[0])), ["Garage gate"]);
  assert.equal(views.length, 2);
});

test("two panels need no summary, and what is wrong stands first", async () => {
  const home = new Home();
  home.add("Door 1", FINE);
  home.add("Door 2", DRIFTED);
  const expected = ["Needs attention", "Door 2", "Other panels"];
  assert.deepEqual(headings(await overview(home)), expected);
});

test("a summary adds up to the number of panels, and the gravest is first", async () => {
  const home = new Home();
  for (const status of ALL) home.add(`Door ${status}`, withStatus(status));
  home.add("Door 10", FINE);
  home.add("Door 9", FINE);
  home.add("Door away", { ...FINE, "sensor.status": "unavailable" });
  home.add("Door new", { ...FINE, "sensor.status": "unknown" });
  const [{ cards }, ...rest] = await overview(home);
  const lines = read(cards[0])[0].split("<br>");
  const counts = lines.map((line) => Number(/<b>(\d+)<\/b>$/.exec(line)[1]));
  assert.deepEqual(lines.slice(-3), [
    "Unknown: <b>2</b>",
    "Nothing expected: <b>1</b>",
    "As expected: <b>3</b>",
  ]);
  assert.equal(
    counts.reduce((one, other) => one + other),
    13,
  );
  const wrong = ALL.slice(0, 7).map((status) => `Door ${status}`);
  assert.deepEqual(headings(rest), ["Needs attention", ...wrong, "Other panels"]);
  assert.deepEqual(names(rest.at(-1).cards), [
    "Other panels",
    "Door 9",
    "Door 10",
    "Door as_expected",
    "Door away",
    "Door new",
    "Door nothing_expected",
  ]);
});

test("panels are grouped by floor or area where they have one", async () => {
  const home = new Home();
  home.floors = { ground: { name: "Ground floor" } };
  home.areas = {
    hall: { name: "Hall", floor_id: "ground" },
    lobby: { name: "Lobby", floor_id: "ground" },
    garden: { name: "Garden", floor_id: null },
  };
  home.add("A", FINE, { area_id: "hall" });
  home.add("B", FINE, { area_id: "garden" });
  home.add("C", FINE, { area_id: "lobby" });
  home.add("D", FINE);
  home.add("E", withStatus("not_reachable"), { area_id: "hall" });
  const [, attention, ...rest] = await overview(home);
  assert.deepEqual(names(attention.cards), ["Needs attention"]);
  assert.deepEqual(
    rest.map(({ cards }) => names(cards).filter(Boolean)),
    [["E"], ["Garden", "B"], ["Ground floor", "A", "C"], ["Other panels", "D"]],
  );
  // What its heading does not say.
  assert.deepEqual(rest[1].cards[1].state_content, ["state"]);
  assert.deepEqual(rest[2].cards[1].state_content, ["state", "area_name"]);
});

test("no text of others means anything to Markdown, to a template or to a browser", async () => {
  const hostile = `{{ 1 + 1 }}{% if %}<script>\n\n# **b** [l](javascript:f()) &amp; www.example.net "'\u0085\ud800`;
  const home = new Home();
  home.areas = { hall: { name: hostile } };
  const changes = [{ time: hostile, type: hostile, message: hostile }];
  const entities = {
    ...withStatus("drifted", hostile, `${hostile}!`),
    "sensor.last_settings_change": [SINCE, { changes }],
    "binary_sensor.second:drift": ["on", { differences: [`${hostile}!`], number: 1 }],
  };
  for (const id of ["1", "2", "3"]) home.add(hostile, entities, { id, area_id: "hall" });
  const { views } = await generate(home);
  const cards = views.flatMap(allCards);
  assert.equal(ofType(cards, "markdown").length, 1 + 3 + 3 * 2);
  for (const { content } of ofType(cards, "markdown")) {
    assert.match(content, /^(<p>|<\/p>|<br>|<b>|<\/b>|&#\d+;|[\p{L}\p{N}: ])+$/u);
  }
  assert.deepEqual(read(ofType(cards, "markdown")[1]).slice(0, 3), [
    hostile,
    hostile,
    `${hostile}!`,
  ]);
});

test("panels of one name are told apart by their addresses", async () => {
  const home = new Home();
  for (const [id, name] of Object.entries({ 1: "AA-07FB", 2: "Front door", 3: "AA-07FB" })) {
    home.add(name, FINE, { id });
    home.devices[id].configuration_url = `http://door.${id}/`;
  }
  const [{ sections }] = (await generate(home)).views;
  const names = ofType(sections.flatMap(({ cards }) => cards), "tile").map(({ name }) => name);
  assert.deepEqual(names, ["AA-07FB (door.1)", "AA-07FB (door.3)", "Front door"]);
});

test("it is built anew when something has changed that it depends on", async () => {
  const home = new Home();
  const id = home.add("Front door", FINE);
  await generate(home);
  const withState = (index, ...state) => {
    const now = home.with({ states: { ...home.states } });
    now.setState(home.registry[index].entity_id, state);
    return now;
  };
  const anew = (now) => strategy.shouldRegenerate({}, home, now);
  assert.equal(anew(home.with({})), false);
  assert.equal(anew(home.with({ states: { ...home.states, "sun.sun": { state: "x" } } })), false);
  // Registration and settings are read by the cards themselves.
  assert.equal(anew(withState(2, "failed")), false);
  assert.equal(anew(withState(7, "sip:other.example.net")), false);
  assert.equal(anew(withState(0, "drifted")), true);
  assert.equal(anew(withState(0, "as_expected", { problems: ["why"] })), true);
  assert.equal(anew(withState(5, "off", { number: 8 })), true);
  assert.equal(anew(withState(3, SINCE)), true);
  assert.equal(anew(home.with({ language: "de" })), true);
  assert.equal(anew(home.with({ locale: { ...home.locale } })), true);
  assert.equal(anew(home.with({ devices: { [id]: { id, name: "Back door" } } })), true);
  for (const key of ["entities", "areas", "floors", "user"]) {
    assert.equal(anew(home.with({ [key]: { ...home[key] } })), true, key);
  }
});

test("what changes while the dashboard is built is not missed", async () => {
  const home = new Home();
  home.add("Front door", FINE);
  await generate(home);
  const now = home.with({ states: { ...home.states } });
  now.setState(home.registry[0].entity_id, ["drifted"]);
  assert.equal(strategy.shouldRegenerate({}, now, now), true);
  assert.equal(strategy.shouldRegenerate({}, now, now), false);
});

/** What the dashboard's module makes of the panels that Home Assistant has. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import test from "node:test";

import { FINE, Home, load } from "./home.mjs";

const MODULE = new URL("../../custom_components/bas_ip/dashboard/bas-ip.js", import.meta.url);

const { strategy } = await load();

async function sectionsOf(home, options = {}) {
  const dashboard = await strategy.generate({ type: "custom:bas-ip", ...options }, home);
  assert.equal(dashboard.views.length, 1);
  return dashboard.views[0].sections;
}

const headings = (sections) => sections.map((section) => section.cards[0].heading);
const entitiesOf = (cards) => cards.flatMap((card) => card.entity ?? card.entities ?? []);
const markdowns = (cards) => cards.filter((card) => card.type === "markdown");

async function cardsOf(entities, home = new Home()) {
  home.add("Front door", entities);
  return (await sectionsOf(home))[0].cards;
}

test("it is small", () => {
  assert.ok(statSync(MODULE).size < 20_000);
});

test("it offers itself once and keeps what others offer", async () => {
  const other = { type: "other", strategyType: "dashboard" };
  const customStrategies = [other];
  const { again, elements, page } = await load({ customStrategies });
  await again();
  assert.equal(page.customStrategies, customStrategies);
  assert.equal(customStrategies.length, 2);
  assert.equal(customStrategies[0], other);
  assert.equal(customStrategies[1].type, "bas-ip");
  assert.equal(customStrategies[1].strategyType, "dashboard");
  assert.deepEqual([...elements.keys()], ["ll-strategy-dashboard-bas-ip"]);
});

test("it leaves nothing else behind on a page", async () => {
  const { page } = await load();
  assert.deepEqual(Object.keys(page), ["customStrategies"]);
});

test("the form for a new dashboard is filled in", async () => {
  assert.deepEqual(await strategy.getCreateSuggestions(new Home("de")), {
    title: "Türstationen",
    icon: "mdi:doorbell-video",
  });
});

test("without a panel it says so", async () => {
  const sections = await sectionsOf(new Home());
  assert.equal(sections[0].cards[0].text, "No panel is set up.");
});

test("a panel has its status, settings, acceptance and history", async () => {
  const cards = await cardsOf(FINE);
  assert.deepEqual(
    cards.map((card) => card.type),
    "heading tile tile tile tile heading tile markdown tile tile history-graph heading markdown".split(" "),
  );
  const account = markdowns(cards)[0];
  assert.equal(account.drift, "binary_sensor.entity_5");
  assert.deepEqual(account.sensors, {
    proxy: "sensor.entity_6",
    outbound: "sensor.entity_7",
  });
  const accept = cards.find((card) => card.entity === "button.entity_3");
  assert.deepEqual(accept.tap_action.target, { entity_id: "button.entity_3" });
  assert.match(accept.tap_action.confirmation.text, /Front door/);
  assert.deepEqual(accept.visibility[0].conditions, [
    { condition: "state", entity: "binary_sensor.entity_5", state: "on" },
  ]);
  const repairs = cards.find((card) => card.name === "Open the repairs");
  assert.deepEqual(repairs.visibility, accept.visibility);
  assert.equal(markdowns(cards)[1].sensor, "sensor.entity_2");
});

test("nothing is shown that the panel does not have", async () => {
  const cards = await cardsOf({ "sensor.sip_status": "registered" });
  assert.deepEqual(
    cards.map((card) => card.type),
    ["heading", "tile", "tile", "history-graph"],
  );
  assert.deepEqual(await cardsOf({ "event.sip_events": "unknown" }), [
    {
      type: "heading",
      heading: "Front door",
      icon: "mdi:doorbell-video",
      tap_action: { action: "navigate", navigation_path: "/config/devices/device/id-of-Front door" },
    },
  ]);
});

test("without drift sensors the settings are still shown", async () => {
  const cards = await cardsOf({ "sensor.first:realm": "pbx.example.net" });
  assert.equal(markdowns(cards)[0].drift, "");
  assert.equal(markdowns(cards)[0].visibility, undefined);
});

test("entities that are disabled or hidden, or of others, are left out", async () => {
  const home = new Home();
  const id = home.add("Front door", {});
  home.addEntity(id, "sensor.sip_status", "registered", { disabled_by: "user" });
  home.addEntity(id, "binary_sensor.reachable", "on", { hidden_by: "user" });
  home.addEntity(id, "sensor.second:realm", "x", { platform: "other" });
  home.addEntity("no-device", "sensor.second:realm", "x");
  const shown = home.addEntity(id, "binary_sensor.second:drift", "off");
  const [panel] = await sectionsOf(home);
  const found = entitiesOf(panel.cards).map((entity) => entity.entity ?? entity);
  assert.deepEqual([...new Set(found)], [shown]);
});

test("accounts are told apart by their unique IDs", async () => {
  const cards = await cardsOf({
    "binary_sensor.second:drift": "off",
    "binary_sensor.first:drift": "off",
    "sensor.second:account_sip_status": "registered",
    "binary_sensor.second:password_exposed": "off",
  });
  assert.deepEqual(
    cards.filter((card) => card.type === "heading").map((card) => card.heading),
    ["Front door", "First account", "Second account"],
  );
  assert.deepEqual(
    markdowns(cards).map((card) => card.drift),
    ["binary_sensor.entity_1", "binary_sensor.entity_0"],
  );
  const accept = cards.find((card) => card.name === "Open the repairs");
  assert.equal(accept.visibility[0].conditions.length, 2);
});

test("who may not open the repairs gets no link to them", async () => {
  const cards = await cardsOf(FINE, new Home().with({ user: { is_admin: false } }));
  assert.equal(cards.filter((card) => card.name === "Open the repairs").length, 0);
  assert.equal(cards.filter((card) => card.tap_action?.confirmation).length, 1);
});

test("names that a user has given are used", async () => {
  const home = new Home();
  const id = home.add("Front door", {});
  home.addEntity(id, "binary_sensor.reachable", "on", { name: "Is it there?" });
  home.devices[id].name_by_user = "Main entrance";
  const [{ cards }] = await sectionsOf(home);
  assert.equal(cards[0].heading, "Main entrance");
  assert.equal(cards[1].name, "Is it there?");
});

test("it speaks the language of the user", async () => {
  const home = new Home("de");
  const cards = await cardsOf(FINE, home);
  assert.deepEqual(home.loaded, ["bas_ip.entity", "bas_ip.selector"]);
  assert.equal(markdowns(cards)[0].texts.expected, "Erwartet");
  assert.equal(markdowns(cards)[0].settings.transport, "Transport");
  assert.ok(cards.some((card) => card.heading === "Zweites Konto"));
});

test("no language lacks a text", async () => {
  for (const language of ["cs", "de", "en", "es", "fr", "it", "nl", "pl", "uk"]) {
    const home = new Home(language);
    for (const name of ["A", "B", "C"]) home.add(name, FINE);
    const texts = JSON.stringify([await sectionsOf(home), await sectionsOf(new Home(language))]);
    assert.doesNotMatch(texts, /selector\./, language);
  }
});

test("the hours of the history are an option", async () => {
  const hours = async (options) => {
    const home = new Home();
    home.add("Front door", FINE);
    const [{ cards }] = await sectionsOf(home, options);
    return cards.find((card) => card.type === "history-graph").hours_to_show;
  };
  assert.equal(await hours({}), 24);
  assert.equal(await hours({ hours: 6 }), 6);
});

test("the panels are an option", async () => {
  const home = new Home();
  home.add("Front door", FINE);
  const id = home.add("Garage gate", FINE);
  assert.deepEqual(headings(await sectionsOf(home, { panels: [id] })), ["Garage gate"]);
});

test("two panels need no summary, and what is wrong stands first", async () => {
  const home = new Home();
  home.add("Door 1", FINE);
  home.add("Door 2", { ...FINE, "binary_sensor.second:drift": "on" });
  assert.deepEqual(headings(await sectionsOf(home)), ["Door 2", "Door 1"]);
});

test("more than two panels have a summary", async () => {
  const home = new Home();
  home.add("Door 10", FINE);
  home.add("Door 9", FINE);
  home.add("Door 3", { ...FINE, "binary_sensor.second:drift": "on", "sensor.sip_status": "failed" });
  home.add("Door 4", { ...FINE, "sensor.second:account_sip_status": "disabled" });
  home.add("Door 5", { ...FINE, "binary_sensor.reachable": "off", "binary_sensor.second:drift": "unavailable" });
  home.add("Door 6", { ...FINE, "binary_sensor.second:drift": "unknown" });
  const notSetUp = Object.keys(FINE).map((key) => [key, "unavailable"]);
  home.add("Door 11", Object.fromEntries(notSetUp));
  const [summary, ...panels] = await sectionsOf(home);
  assert.deepEqual(
    summary.cards[0].lines.map(({ text, panels }) => [text, ...panels]),
    [
      ["As expected", "Door 9", "Door 10"],
      ["Drifted", "Door 3"],
      ["Not registered", "Door 3", "Door 4"],
      ["Not reachable", "Door 5", "Door 11"],
    ],
  );
  assert.deepEqual(headings(panels), ["Door 3", "Door 4", "Door 5", "Door 11", "Door 6", "Door 9", "Door 10"]);
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
  home.add("E", { ...FINE, "binary_sensor.reachable": "off" }, { area_id: "hall" });
  const [, ...rest] = await sectionsOf(home);
  const expected = ["Needs attention", "E", "Garden", "B", "Ground floor", "A", "C", "Other panels", "D"];
  assert.deepEqual(headings(rest), expected);
});

test("no template is put together from what others have named", async () => {
  const hostile = "{{ states | list }} <script> **b** [l](javascript:alert(1))";
  const contents = async (name, entityName) => {
    const home = new Home();
    for (const id of ["1", "2", "3"]) {
      home.add(name, FINE, { id });
      home.addEntity(id, "binary_sensor.registered", "on", { name: entityName });
    }
    const sections = await sectionsOf(home);
    return sections.flatMap((section) => markdowns(section.cards)).map((card) => card.content);
  };
  assert.deepEqual(await contents(hostile, hostile), await contents("Door", null));
});

test("templates show nothing that has not been made plain", async () => {
  const home = new Home();
  for (const id of ["1", "2", "3"]) home.add("Door", FINE, { id });
  const sections = await sectionsOf(home);
  // Everything else that is shown is a number, a time, an icon or a word of the template.
  const harmless = /^(plain\(|shown\(|' '|' s'|'<br><br>'|', ' if|line\.icon|line\.panels \| length|change\.time)/;
  for (const { content } of sections.flatMap((section) => markdowns(section.cards))) {
    const shown = content.match(/\{\{.*?\}\}/gs).slice(1);
    assert.match(content, /macro plain\(text\) -%\}\{\{ \(text \| string\)\.split\(\) \| join\(' '\) \| e \}\}/);
    for (const each of shown) assert.match(each.replace(/^\{\{-?\s*/, ""), harmless);
    // Markdown has no meaning from a block's tag to the next empty line.
    assert.match(content, /endmacro -%\}\n(\{%-.*-%\}\n)?<div>/);
    assert.doesNotMatch(content.slice(content.lastIndexOf("\n<div>")), /\n\s*\n/);
  }
});

test("it is built anew when something has changed that it depends on", () => {
  const home = new Home();
  const id = home.add("Front door", FINE);
  const withState = (index, state) => {
    const entity = home.registry[index].entity_id;
    return home.with({ states: { ...home.states, [entity]: { state } } });
  };
  const anew = (now) => strategy.shouldRegenerate({}, home, now);
  assert.equal(anew(home.with({})), false);
  assert.equal(anew(home.with({ states: { ...home.states, "sun.sun": { state: "x" } } })), false);
  // The address of a proxy is read by the card itself.
  assert.equal(anew(withState(6, "sip:other.example.net")), false);
  assert.equal(anew(withState(0, "off")), true);
  assert.equal(anew(withState(1, "failed")), true);
  assert.equal(anew(withState(5, "on")), true);
  assert.equal(anew(home.with({ language: "de" })), true);
  assert.equal(anew(home.with({ devices: { [id]: { id, name: "Back door" } } })), true);
  for (const registry of ["entities", "areas", "floors"]) {
    assert.equal(anew(home.with({ [registry]: { ...home[registry] } })), true, registry);
  }
});

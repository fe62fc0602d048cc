/**
 * A dashboard of BAS-IP door panels that builds itself from what Home Assistant knows of them.
 *
 * Its options: panels (a list of device IDs, all panels without it) and hours (of history).
 */

const PLATFORM = "bas_ip";
const STRATEGY = "bas-ip";
const ELEMENT = `ll-strategy-dashboard-${STRATEGY}`;
const ICON = "mdi:doorbell-video";
const REPAIRS = "/config/repairs/dashboard";
const LOG_IN = `/config/integrations/integration/${PLATFORM}`;
const HOURS = 24;
const COLUMNS = 3;
const SUMMARY_FROM = 3;
const CHANGES = 10;
// The texts of attributes have it where Markdown would begin. Here it would only be copied with a value.
const WORD_JOINER = "\u2060";

// In the order of the dashboard: the gravest first. Whatever else a panel's Status says is unknown.
const COLORS = {
  not_reachable: "red",
  another_device: "red",
  login_rejected: "red",
  forbidden: "red",
  drifted: "orange",
  not_registered: "red",
  not_comparable: "orange",
  unknown: "grey",
  nothing_expected: "grey",
  as_expected: "green",
};
const TROUBLE = Object.keys(COLORS).filter((status) => ["red", "orange"].includes(COLORS[status]));
const NOT_ASKED = ["not_reachable", "another_device", "login_rejected", "forbidden"];
const LOGIN_HELPS = ["login_rejected", "forbidden"];

const ACCOUNTS = { first: 1, second: 2 };
// In the order of the dashboard.
const SETTINGS = [
  "proxy",
  "realm",
  "user",
  "transport",
  "registration_interval",
  "outbound_proxy",
  "stun",
];

// The dashboard is built anew when one of these changes, or the state of one of these entities; the other states are
// shown by cards, which follow them.
const BUILT_WITH = ["entities", "devices", "areas", "floors", "language", "locale", "user"];
const BUILT_FROM = new Set(["status", "drift", "last_settings_change"]);

/** Return the texts in the language of the user. */
async function loadTexts(hass) {
  await hass.loadBackendTranslation("entity", PLATFORM);
  await hass.loadBackendTranslation("services", PLATFORM);
  const localize = await hass.loadBackendTranslation("selector", PLATFORM);
  const text = (key, values) => localize(`component.${PLATFORM}.${key}`, values) || key;
  const event = "entity.event.sip_events.state_attributes.event_type.state";
  return {
    text: (key, values) => text(`selector.dashboard.options.${key}`, values),
    entity: (domain, key, values) =>
      localize(`component.${PLATFORM}.entity.${domain}.${key}.name`, values),
    account: (account) => text(`selector.account.options.${account}`),
    accept: text("services.accept_settings.name"),
    changes: text("entity.sensor.last_settings_change.state_attributes.changes.name"),
    since: text("entity.sensor.status.state_attributes.since.name"),
    status: (status) =>
      (status === "unknown" && localize("state.default.unknown")) ||
      text(`entity.sensor.status.state.${status}`),
    type: (type) => localize(`component.${PLATFORM}.${event}.${type}`) || type,
  };
}

/** Return the panels by gravity and name, with their entities by what these are, not by what they are called. */
function findPanels(hass, entries, texts, wanted) {
  const panels = new Map();
  for (const entry of entries) {
    const device = hass.devices[entry.device_id];
    const isShown = entry.platform === PLATFORM && !entry.disabled_by && !entry.hidden_by;
    if (!isShown || !device || (wanted && !wanted.includes(device.id))) continue;
    if (!panels.has(device.id)) panels.set(device.id, newPanel(hass, device));
    addEntity(panels.get(device.id), entry, hass, texts);
  }
  const found = [...panels.values()];
  setApart(found);
  for (const panel of found) setStatus(panel);
  return found.sort(byGravity);
}

/** Add the address to the names of panels that are called the same. */
function setApart(panels) {
  const names = panels.map(({ name }) => name);
  for (const panel of panels) {
    const isUnique = names.indexOf(panel.name) === names.lastIndexOf(panel.name);
    if (!isUnique && panel.url) panel.name += ` (${panel.url.split("/")[2]})`;
  }
}

function newPanel(hass, device) {
  const area = hass.areas[device.area_id];
  const floor = hass.floors[area?.floor_id];
  return {
    id: device.id,
    name: device.name_by_user || device.name || "BAS-IP",
    url: device.configuration_url,
    group: floor?.name ?? area?.name,
    place: [floor?.name, area?.name].filter(Boolean),
    entities: {},
    accounts: {},
  };
}

/** Add an entity to a panel, or to the account of the panel that it is about. */
function addEntity(panel, entry, hass, texts) {
  const domain = entry.entity_id.split(".")[0];
  const key = entry.translation_key;
  const account = /_(first|second)_account_\w+$/.exec(entry.unique_id)?.[1];
  const owner = account ? (panel.accounts[account] ??= {}) : panel.entities;
  const { state, attributes = {} } = hass.states[entry.entity_id] ?? {};
  owner[key] = {
    entity: entry.entity_id,
    // What is named like its panel has no name of its own.
    name: entry.name || texts.entity(domain, key, { account: ACCOUNTS[account] }) || panel.name,
    state,
    attributes,
  };
}

/** Set what a panel's Status is, and by which entity it is shown. */
function setStatus(panel) {
  const { status } = panel.entities;
  const all = [panel.entities, ...Object.values(panel.accounts)].flatMap(Object.values);
  panel.tile = status ?? all[0];
  panel.status = Object.hasOwn(COLORS, status?.state) ? status.state : "unknown";
  panel.isTrouble = TROUBLE.includes(panel.status);
}

function byGravity(one, other) {
  const gravity = (panel) => (panel.isTrouble ? TROUBLE.indexOf(panel.status) : TROUBLE.length);
  return gravity(one) - gravity(other) || byName(one.name, other.name);
}

function byName(one, other) {
  return one.localeCompare(other, undefined, { numeric: true });
}

/** Return the accounts of a panel that have entities: name and entities of each. */
function accountsOf(panel) {
  return Object.keys(ACCOUNTS)
    .filter((account) => account in panel.accounts)
    .map((account) => [account, panel.accounts[account]]);
}

/** Return the accounts of a panel that have drifted, with their drift. */
function driftsOf(panel) {
  return accountsOf(panel)
    .filter(([, { drift }]) => drift?.state === "on")
    .map(([account, { drift }]) => [account, drift]);
}

/** Return the registrations of a panel: its own, and that of an account that has one. */
function registrationsOf(panel) {
  const own = accountsOf(panel).map(([, entities]) => entities.account_sip_status);
  return [panel.entities.sip_status, ...own].filter(Boolean);
}

/** Return a text as HTML in which no character means anything to Markdown, to a template or to a browser. */
function plain(text) {
  return String(text)
    .replaceAll(WORD_JOINER, "")
    .replace(/[^\p{L}\p{N} ]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** Return a time as the user writes it; Home Assistant's own functions may not be there yet. */
function timeText({ config, locale }, time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(locale.language, {
    dateStyle: "long",
    timeStyle: "short",
    hourCycle: hourCycle(locale.time_format),
    timeZone: locale.time_zone === "server" ? config.time_zone : undefined,
  }).format(date);
}

/** Return how the user counts hours, undefined if the language says it. */
function hourCycle(format) {
  const system = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();
  return { 12: "h12", 24: "h23", system: system.hourCycle }[format];
}

function heading(text, options) {
  return { type: "heading", heading: text, ...options };
}

function section(cards, columns) {
  return { type: "grid", cards, ...(columns && { column_span: columns }) };
}

/** Return a card with paragraphs of HTML. */
function paragraphs(lines, options) {
  const content = lines.map((line) => `<p>${line}</p>`).join("");
  return { type: "markdown", content, grid_options: { columns: "full" }, ...options };
}

function tile({ entity, name }, options) {
  return { type: "tile", entity, name, grid_options: { columns: "full" }, ...options };
}

/** Return a tile that is a button. */
function buttonTile(entity, name, icon, action) {
  return tile(
    { entity, name },
    { icon, color: "primary", hide_state: true, tap_action: action },
  );
}

function goTo(path) {
  return { action: "navigate", navigation_path: path };
}

function subview(panel) {
  return `panel-${panel.id}`;
}

/** Return the tile that stands for a panel. */
function panelTile(panel, options) {
  return tile({ ...panel.tile, name: panel.name }, { color: COLORS[panel.status], ...options });
}

/** Return how many panels have which Status. */
function summarySection(panels, texts) {
  const count = (status) => panels.filter((panel) => panel.status === status).length;
  const lines = Object.keys(COLORS)
    .filter(count)
    .map((status) => `${plain(texts.status(status))}: <b>${count(status)}</b>`);
  return section([paragraphs([lines.join("<br>")])], COLUMNS);
}

/** Return where a panel is, what is wrong with it, since when, and what helps. */
function troubleCards(panel, context) {
  return [...whyCards(panel, context), ...acceptCards(panel, context), ...linkCards(panel, context)];
}

function whyCards(panel, { hass, texts }) {
  const { problems, since } = panel.entities.status.attributes;
  const lines = problems.map(plain);
  if (panel.place.length) lines.unshift(plain(panel.place.join(", ")));
  if (since) lines.push(`${plain(texts.since)}: ${plain(timeText(hass, since))}`);
  return [paragraphs(lines)];
}

/** Return the buttons that accept what is shown, and nothing that comes later. */
function acceptCards(panel, { texts }) {
  if (NOT_ASKED.includes(panel.status)) return [];
  const isOne = accountsOf(panel).length === 1;
  return driftsOf(panel).map(([account, drift]) => {
    const { number } = drift.attributes;
    const which = (name) => (isOne ? name : `${name} (${texts.account(account)})`);
    return buttonTile(drift.entity, which(texts.accept), "mdi:check", {
      action: "perform-action",
      perform_action: `${PLATFORM}.accept_settings`,
      target: { entity_id: drift.entity },
      data: number ? { number } : {},
      confirmation: {
        title: texts.accept,
        text: texts.text("accept_confirmation", { panel: which(panel.name) }),
      },
    });
  });
}

function linkCards(panel, { isAdmin, texts }) {
  if (!isAdmin) return [];
  const { entity } = panel.tile;
  const cards = [];
  if (LOGIN_HELPS.includes(panel.status)) {
    cards.push(buttonTile(entity, texts.text("log_in"), "mdi:login", goTo(LOG_IN)));
  }
  if (panel.status === "another_device" || driftsOf(panel).length) {
    cards.push(buttonTile(entity, texts.text("open_repairs"), "mdi:wrench", goTo(REPAIRS)));
  }
  return cards;
}

/** Return the sections of the view of all panels. */
function overviewSections(panels, context) {
  const { texts } = context;
  if (!panels.length) return [section([paragraphs([plain(texts.text("no_panels"))])])];
  const wrong = panels.filter((panel) => panel.isTrouble);
  return [
    ...(panels.length < SUMMARY_FROM ? [] : [summarySection(panels, texts)]),
    ...(wrong.length ? [section([heading(texts.text("attention"))], COLUMNS)] : []),
    ...wrong.map((panel) => troubleSection(panel, context)),
    ...placeSections(panels, texts),
  ];
}

function troubleSection(panel, context) {
  const shown = panelTile(panel, { tap_action: goTo(subview(panel)) });
  return section([shown, ...troubleCards(panel, context)]);
}

/** Return the panels that have no problem by floor, or by area, with a heading where that says something. */
function placeSections(panels, texts) {
  const right = panels.filter((panel) => !panel.isTrouble);
  const places = [...new Set(right.map((panel) => panel.group).filter(Boolean))].sort(byName);
  const elsewhere = right.length < panels.length || places.length ? texts.text("elsewhere") : null;
  return [...places, undefined].flatMap((place) => {
    const members = right.filter((panel) => panel.group === place);
    const title = place ?? elsewhere;
    const cards = [...(title ? [heading(title)] : []), ...members.map(rightTile)];
    return members.length ? [section(cards)] : [];
  });
}

function rightTile(panel) {
  return panelTile(panel, {
    state_content: panel.place.length > 1 ? ["state", "area_name"] : ["state"],
    tap_action: goTo(subview(panel)),
  });
}

/** Return the view of one panel, with all that there is to know of it. */
function panelView(panel, context) {
  const sections = [
    statusSection(panel, context),
    ...accountsOf(panel).map((account) => accountSection(account, context)),
    changesSection(panel, context),
  ];
  return {
    title: panel.name,
    path: subview(panel),
    subview: true,
    type: "sections",
    max_columns: COLUMNS,
    sections: sections.filter(({ cards }) => cards.length),
  };
}

function statusSection(panel, context) {
  const device = goTo(`/config/devices/device/${panel.id}`);
  return section([
    heading(panel.name, { icon: ICON, ...(context.isAdmin && { tap_action: device }) }),
    panelTile(panel, { name: panel.tile.name }),
    ...(panel.isTrouble ? troubleCards(panel, context) : []),
    ...registrationsOf(panel).flatMap(registrationTiles),
    ...historyCards(panel, context),
  ]);
}

/** Return the tile of a registration: green if there is one, else red. */
function registrationTiles({ entity, name }) {
  const condition = { condition: "state", entity };
  return [
    tile({ entity, name }, { color: "green", visibility: [{ ...condition, state: "registered" }] }),
    tile({ entity, name }, { color: "red", visibility: [{ ...condition, state_not: "registered" }] }),
  ];
}

function accountSection([account, entities], { texts }) {
  const shown = ["drift", "password_exposed", ...SETTINGS].filter((key) => key in entities);
  const cards = shown.map((key) =>
    tile(entities[key], SETTINGS.includes(key) ? {} : { color: "orange" }),
  );
  return section(cards.length ? [heading(texts.account(account)), ...cards] : []);
}

function historyCards(panel, { hours }) {
  const entities = [panel.entities.status, ...registrationsOf(panel)]
    .filter(Boolean)
    .map(({ entity, name }) => ({ entity, name }));
  if (!entities.length) return [];
  return [
    { type: "history-graph", hours_to_show: hours, entities, grid_options: { columns: "full" } },
  ];
}

function changesSection(panel, { hass, texts }) {
  const changes = panel.entities.last_settings_change?.attributes.changes ?? [];
  const lines = changes.slice(0, CHANGES).map(({ time, type, message }) =>
    [plain(timeText(hass, time)), `<b>${plain(texts.type(type))}</b>`, plain(message ?? "")]
      .filter(Boolean)
      .join("<br>"),
  );
  return section(lines.length ? [heading(texts.changes), paragraphs(lines)] : []);
}

const builtFrom = new WeakMap();

/** Return the entities from whose states the dashboard is built; called for each change of any state. */
function entitiesBuiltFrom(entities) {
  if (!builtFrom.has(entities)) {
    const found = Object.values(entities).filter(
      (entity) => entity.platform === PLATFORM && BUILT_FROM.has(entity.translation_key),
    );
    builtFrom.set(entities, found.map((entity) => entity.entity_id));
  }
  return builtFrom.get(entities);
}

class BasIpDashboardStrategy extends HTMLElement {
  /** What the dashboard was built from, until that is compared with what is there then. */
  static builtFrom = null;

  /** Return the configuration of the dashboard. */
  static async generate(config, hass) {
    this.builtFrom = hass;
    const texts = await loadTexts(hass);
    const entries = await hass.callWS({ type: "config/entity_registry/list" });
    const panels = findPanels(hass, entries, texts, config.panels);
    const context = { hass, texts, hours: config.hours ?? HOURS, isAdmin: hass.user?.is_admin };
    const title = texts.text("title");
    const overview = {
      title,
      path: "panels",
      icon: ICON,
      type: "sections",
      max_columns: COLUMNS,
      sections: overviewSections(panels, context),
    };
    return { title, views: [overview, ...panels.map((panel) => panelView(panel, context))] };
  }

  /** Return whether the dashboard has to be built anew: something may have changed while it was built. */
  static shouldRegenerate(config, last, now) {
    const before = this.builtFrom ?? last;
    this.builtFrom = null;
    return (
      BUILT_WITH.some((key) => before[key] !== now[key]) ||
      entitiesBuiltFrom(now.entities).some((id) => before.states[id] !== now.states[id])
    );
  }

  /** Return what the form for a new dashboard is filled in with. */
  static async getCreateSuggestions(hass) {
    const texts = await loadTexts(hass);
    return { title: texts.text("title"), icon: ICON };
  }
}

// Some versions of Home Assistant's web page forget what was defined before it.
customElements.whenDefined("home-assistant").then(() => {
  if (window.customElements.get(ELEMENT)) return;
  window.customElements.define(ELEMENT, BasIpDashboardStrategy);
  window.customStrategies ??= [];
  window.customStrategies.push({
    type: STRATEGY,
    strategyType: "dashboard",
    name: "BAS-IP",
    description: "Door panels: SIP settings and registration, problems first",
    documentationURL: "https://github.com/ha-bas-ip/ha-bas-ip#dashboard",
  });
});

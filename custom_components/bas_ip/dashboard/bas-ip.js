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
const HOURS = 24;
const COLUMNS = 3;
const SUMMARY_FROM = 3;

// In the order of the dashboard.
const ACCOUNTS = { first: 1, second: 2 };
const SETTINGS = [
  "proxy",
  "realm",
  "user",
  "transport",
  "registration_interval",
  "outbound",
  "stun",
  "user_id",
];
// The sensors that are not called like the setting that they show.
const SENSOR_KEYS = { outbound: "outbound_proxy" };
const CHANGE_TYPES = [
  "drift_detected",
  "drift_changed",
  "drift_resolved",
  "settings_changed",
  "expectation_updated",
  "registration_lost",
  "registration_restored",
  "firmware_updated",
];

const REGISTRIES = ["entities", "devices", "areas", "floors"];
// The dashboard is built anew when the state of one of these changes.
const STATUS_KEYS = new Set(["reachable", "sip_status", "account_sip_status", "drift"]);
const NO_VALUE = ["unavailable", "unknown"];

// All data comes from the card's configuration or from states, so no template is ever put together from texts. What is
// shown goes through "plain": one line without markup, inside an HTML block, where Markdown has no meaning.
const MACROS = `
{%- macro plain(text) -%}{{ (text | string).split() | join(' ') | e }}{%- endmacro -%}
{%- macro shown(setting, value) -%}
  {%- if value in ('', 'not_set') -%}{{ plain(config.texts.not_set) }}
  {%- elif value in (none, 'unknown', 'unavailable') -%}{{ plain(config.texts.unknown) }}
  {%- elif setting == 'user_id' -%}{{ plain(config.texts.changed) }}
  {%- elif setting == 'transport' -%}{{ plain(value | upper) }}
  {%- elif setting == 'registration_interval' -%}{{ plain(value) }} s
  {%- else -%}{{ plain(value) }}
  {%- endif -%}
{%- endmacro -%}`;

const SUMMARY = `${MACROS}
<div>
{%- for line in config.lines -%}
<div><ha-icon icon="{{ line.icon }}"></ha-icon> {{ plain(line.text) }}: <b>{{ line.panels | length }}</b>
  {%- if line.named and line.panels %} ({% for panel in line.panels -%}
    {{ plain(panel) }}{{ ', ' if not loop.last }}
  {%- endfor %}){% endif -%}
</div>
{%- endfor -%}
</div>`;

const ACCOUNT = `${MACROS}
{%- set differences = state_attr(config.drift, 'settings') or {} -%}
<div>
{%- for setting, name in config.settings.items() -%}
  {%- if setting in differences -%}
    <div>🔴 <b>{{ plain(name) }}</b>
    {%- if setting == 'user_id' -%}
      : {{ plain(config.texts.changed) }}
    {%- else -%}
      <br>{{ plain(config.texts.expected) }}: {{ shown(setting, differences[setting].expected) -}}
      <br>{{ plain(config.texts.actual) }}: {{ shown(setting, differences[setting].actual) }}
    {%- endif -%}
    </div>
  {%- elif setting in config.sensors -%}
    <div>{{ plain(name) }}: {{ shown(setting, states(config.sensors[setting])) }}</div>
  {%- endif -%}
{%- endfor -%}
</div>`;

const CHANGES = `${MACROS}
<div>
{%- for change in (state_attr(config.sensor, 'changes') or [])[:5] -%}
  {%- set old = change.old or {} -%}
  {%- set new = change.new or {} -%}
  <div>{{ change.time | as_timestamp | timestamp_custom('%Y-%m-%d %H:%M') }}
  <br><b>{{ plain(config.types.get(change.type, change.type)) }}</b>
  {%- if change.account in config.accounts %} ({{ plain(config.accounts[change.account]) }}){% endif -%}
  {%- for setting, name in config.settings.items() if setting in new -%}
    <br>{{ plain(name) }}:{{ ' ' -}}
    {%- if setting in old and setting != 'user_id' -%}{{ shown(setting, old[setting]) }} → {% endif -%}
    {{ shown(setting, new[setting]) }}
  {%- endfor -%}
  {{ '<br><br>' if not loop.last }}</div>
{%- endfor -%}
</div>`;

/** Return the texts in the language of the user. */
async function loadTexts(hass) {
  await hass.loadBackendTranslation("entity", PLATFORM);
  const localize = await hass.loadBackendTranslation("selector", PLATFORM);
  const text = (key, values) => localize(`component.${PLATFORM}.${key}`, values) || key;
  const options = (key, names) =>
    Object.fromEntries(names.map((name) => [name, text(`selector.${key}.options.${name}`)]));
  const event = "entity.event.sip_events.state_attributes";
  return {
    text: (key, values) => text(`selector.dashboard.options.${key}`, values),
    entity: (domain, key, values) => text(`entity.${domain}.${key}.name`, values),
    accounts: options("account", Object.keys(ACCOUNTS)),
    settings: options("setting", SETTINGS),
    firmware: text(`${event}.firmware.name`),
    types: Object.fromEntries(
      CHANGE_TYPES.map((type) => [type, text(`${event}.event_type.state.${type}`)]),
    ),
  };
}

/** Return the panels by name, with their entities by what these are, not by what they are called. */
function findPanels(hass, entries, texts, wanted) {
  const panels = new Map();
  for (const entry of entries) {
    const device = hass.devices[entry.device_id];
    const isShown = entry.platform === PLATFORM && !entry.disabled_by && !entry.hidden_by;
    if (!isShown || !device || (wanted && !wanted.includes(device.id))) continue;
    if (!panels.has(device.id)) panels.set(device.id, newPanel(hass, device));
    const panel = panels.get(device.id);
    const domain = entry.entity_id.split(".")[0];
    const key = entry.translation_key;
    const account = /_(first|second)_account_\w+$/.exec(entry.unique_id)?.[1];
    const name = entry.name || texts.entity(domain, key, { account: ACCOUNTS[account] });
    const owner = account ? (panel.accounts[account] ??= {}) : panel.entities;
    owner[key] = { entity: entry.entity_id, name };
  }
  return [...panels.values()].sort((one, other) => byName(one.name, other.name));
}

function byName(one, other) {
  return one.localeCompare(other, undefined, { numeric: true });
}

function newPanel(hass, device) {
  const area = hass.areas[device.area_id];
  return {
    id: device.id,
    name: device.name_by_user || device.name || "BAS-IP",
    place: hass.floors?.[area?.floor_id]?.name ?? area?.name,
    entities: {},
    accounts: {},
  };
}

/** Return the accounts of a panel that have entities: name and entities of each. */
function accountsOf(panel) {
  return Object.keys(ACCOUNTS)
    .filter((account) => account in panel.accounts)
    .map((account) => [account, panel.accounts[account]]);
}

/** Return the entities of the accounts of a panel that are of this kind. */
function ofAccounts(panel, key) {
  return accountsOf(panel).flatMap(([, entities]) => entities[key] ?? []);
}

/** Return what is wrong with a panel, and whether it is as expected. */
function statusOf(panel, states) {
  const state = (entity) => states[entity?.entity]?.state ?? "unknown";
  const drift = ofAccounts(panel, "drift").map(state);
  const registrations = [panel.entities.sip_status, ...ofAccounts(panel, "account_sip_status")].map(state);
  const status = {
    // Unavailable: it could not be set up.
    not_reachable: ["off", "unavailable"].includes(state(panel.entities.reachable)),
    drifted: drift.includes("on"),
    not_registered: registrations.some((each) => ["failed", "disabled"].includes(each)),
  };
  const isWrong = Object.values(status).includes(true);
  const isAsExpected = !isWrong && drift.length > 0 && drift.every((each) => each === "off");
  return { ...status, isWrong, as_expected: isAsExpected };
}

function heading(text, options) {
  return { type: "heading", heading: text, ...options };
}

function markdown(content, data) {
  return { type: "markdown", content, grid_options: { columns: "full" }, ...data };
}

function tile(entity, columns, options) {
  return { type: "tile", ...entity, grid_options: { columns }, ...options };
}

function whenState(entity, state) {
  return { condition: "state", entity: entity.entity, state };
}

function unlessState(entity, state) {
  return { condition: "state", entity: entity.entity, state_not: state };
}

/** Return the tile of a sensor, green in one state and orange in all others. */
function statusTiles(entity, good, columns) {
  return [
    tile(entity, columns, { color: "green", visibility: [whenState(entity, good)] }),
    tile(entity, columns, { color: "orange", visibility: [unlessState(entity, good)] }),
  ];
}

function summarySection(panels, texts) {
  const line = (status, icon) => ({
    icon,
    text: texts.text(status),
    panels: panels.filter((panel) => panel.status[status]).map((panel) => panel.name),
    named: status !== "as_expected",
  });
  const lines = [
    line("as_expected", "mdi:check-circle-outline"),
    line("drifted", "mdi:file-alert-outline"),
    line("not_registered", "mdi:phone-off-outline"),
    line("not_reachable", "mdi:lan-disconnect"),
  ];
  return section([markdown(SUMMARY, { lines })], COLUMNS);
}

function section(cards, columns) {
  return { type: "grid", cards, ...(columns && { column_span: columns }) };
}

function panelSection(panel, texts, { hours, isAdmin }) {
  const { reachable, sip_status: registration, last_settings_change: changed } = panel.entities;
  const columns = reachable && registration ? 6 : "full";
  const cards = [
    heading(panel.name, {
      icon: ICON,
      tap_action: { action: "navigate", navigation_path: `/config/devices/device/${panel.id}` },
    }),
  ];
  if (reachable) cards.push(...statusTiles(reachable, "on", columns));
  if (registration) cards.push(...statusTiles(registration, "registered", columns));
  for (const [account, entities] of accountsOf(panel)) {
    cards.push(...accountCards(account, entities, texts));
  }
  cards.push(...driftCards(panel, texts, isAdmin), ...historyCards(panel, hours));
  if (changed) cards.push(...changeCards(changed, texts));
  return section(cards);
}

function accountCards(account, entities, texts) {
  const { account_sip_status: registration, drift, password_exposed: exposed } = entities;
  const sensors = Object.fromEntries(
    SETTINGS.map((setting) => [setting, entities[SENSOR_KEYS[setting] ?? setting]?.entity]).filter(
      ([, sensor]) => sensor,
    ),
  );
  const cards = [heading(texts.accounts[account], { heading_style: "subtitle" })];
  if (registration) cards.push(...statusTiles(registration, "registered", "full"));
  if (drift) cards.push(tile(drift, "full"));
  if (exposed) cards.push(tile(exposed, "full", { visibility: [whenState(exposed, "on")] }));
  if (drift || Object.keys(sensors).length) {
    cards.push(
      markdown(ACCOUNT, {
        drift: drift?.entity ?? "",
        sensors,
        settings: texts.settings,
        texts: valueTexts(texts),
        ...(drift && { visibility: [unlessState(drift, "unavailable")] }),
      }),
    );
  }
  return cards;
}

function valueTexts(texts) {
  const keys = ["expected", "actual", "not_set", "unknown", "changed"];
  return Object.fromEntries(keys.map((key) => [key, texts.text(key)]));
}

/** Return what to do about a drift; the cards are there as long as it is. */
function driftCards(panel, texts, isAdmin) {
  const drifts = ofAccounts(panel, "drift");
  if (!drifts.length) return [];
  const accept = panel.entities.accept_settings;
  const visibility = [{ condition: "or", conditions: drifts.map((drift) => whenState(drift, "on")) }];
  const cards = [];
  if (accept) {
    cards.push(
      tile(accept, "full", {
        color: "orange",
        hide_state: true,
        tap_action: {
          action: "perform-action",
          perform_action: "button.press",
          target: { entity_id: accept.entity },
          confirmation: {
            title: accept.name,
            text: texts.text("accept_confirmation", { panel: panel.name }),
          },
        },
        visibility,
      }),
    );
  }
  if (isAdmin) {
    cards.push(
      tile(drifts[0], "full", {
        name: texts.text("open_repairs"),
        icon: "mdi:wrench",
        color: "blue",
        hide_state: true,
        tap_action: { action: "navigate", navigation_path: REPAIRS },
        visibility,
      }),
    );
  }
  return cards;
}

function historyCards(panel, hours) {
  const { reachable, sip_status: registration } = panel.entities;
  const entities = [
    registration,
    ...ofAccounts(panel, "account_sip_status"),
    ...ofAccounts(panel, "drift"),
    reachable,
  ].filter(Boolean);
  if (!entities.length) return [];
  return [
    { type: "history-graph", hours_to_show: hours, entities, grid_options: { columns: "full" } },
  ];
}

function changeCards(sensor, texts) {
  const visibility = [unlessState(sensor, NO_VALUE)];
  return [
    heading(texts.text("last_changes"), { heading_style: "subtitle", visibility }),
    markdown(CHANGES, {
      sensor: sensor.entity,
      types: texts.types,
      accounts: texts.accounts,
      settings: { ...texts.settings, firmware: texts.firmware },
      texts: valueTexts(texts),
      visibility,
    }),
  ];
}

/** Return the panels in the order of the dashboard: what is wrong first, then by place, each with a heading. */
function arrange(panels, texts) {
  const wrong = panels.filter((panel) => panel.status.isWrong);
  const right = panels.filter((panel) => !panel.status.isWrong);
  const places = [...new Set(right.map((panel) => panel.place).filter(Boolean))].sort(byName);
  const groups = [
    [texts.text("attention"), wrong],
    ...places.map((place) => [place, right.filter((panel) => panel.place === place)]),
    [texts.text("elsewhere"), right.filter((panel) => !panel.place)],
  ];
  return groups.filter(([, members]) => members.length);
}

function panelSections(panels, texts, options) {
  // Headings are of use where they say more than that these are all panels.
  const isGrouped = panels.some((panel) => panel.place);
  return arrange(panels, texts).flatMap(([title, members]) => [
    ...(isGrouped ? [section([heading(title)], COLUMNS)] : []),
    ...members.map((panel) => panelSection(panel, texts, options)),
  ]);
}

const statusEntities = new WeakMap();

/** Return the entities on whose states the order of the dashboard depends; called for each change of any state. */
function statusEntityIds(entities) {
  if (!statusEntities.has(entities)) {
    const found = Object.values(entities).filter(
      (entity) => entity.platform === PLATFORM && STATUS_KEYS.has(entity.translation_key),
    );
    statusEntities.set(entities, found.map((entity) => entity.entity_id));
  }
  return statusEntities.get(entities);
}

class BasIpDashboardStrategy extends HTMLElement {
  /** Return the configuration of the dashboard. */
  static async generate(config, hass) {
    const texts = await loadTexts(hass);
    const entries = await hass.callWS({ type: "config/entity_registry/list" });
    const panels = findPanels(hass, entries, texts, config.panels);
    for (const panel of panels) panel.status = statusOf(panel, hass.states);
    const options = { hours: config.hours ?? HOURS, isAdmin: hass.user?.is_admin };
    const sections = panels.length
      ? panelSections(panels, texts, options)
      : [section([markdown("{{ config.text }}", { text: texts.text("no_panels") })])];
    if (panels.length >= SUMMARY_FROM) sections.unshift(summarySection(panels, texts));
    const title = texts.text("title");
    return {
      title,
      views: [{ title, path: "panels", icon: ICON, type: "sections", max_columns: COLUMNS, sections }],
    };
  }

  /** Return whether the dashboard has to be built anew. */
  static shouldRegenerate(config, before, now) {
    return (
      REGISTRIES.some((registry) => before[registry] !== now[registry]) ||
      before.language !== now.language ||
      statusEntityIds(now.entities).some((id) => before.states[id]?.state !== now.states[id]?.state)
    );
  }

  /** Return what the form for a new dashboard is filled in with. */
  static async getCreateSuggestions(hass) {
    const texts = await loadTexts(hass);
    return { title: texts.text("title"), icon: ICON };
  }
}

if (!customElements.get(ELEMENT)) {
  customElements.define(ELEMENT, BasIpDashboardStrategy);
  window.customStrategies ??= [];
  window.customStrategies.push({
    type: STRATEGY,
    strategyType: "dashboard",
    name: "BAS-IP",
    documentationURL: "https://github.com/ha-bas-ip/ha-bas-ip#dashboard",
  });
}

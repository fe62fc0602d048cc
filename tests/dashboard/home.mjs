/** A stand-in for what a browser and Home Assistant's web page give to the module. */

import { readFileSync } from "node:fs";

const ROOT = new URL("../../custom_components/bas_ip/", import.meta.url);
const MODULE = readFileSync(new URL("frontend/bas-ip.js", ROOT), "utf-8");

let loads = 0;

function newRegistry(whenDefined) {
  const elements = new Map();
  return {
    elements,
    whenDefined,
    get: (name) => elements.get(name),
    define: (name, element) => elements.set(name, element),
  };
}

/** Load the module as a page does, and return what it has left there. */
export async function load(page = {}) {
  globalThis.HTMLElement ??= Object;
  globalThis.window = page;
  // Home Assistant's web page may replace this while it starts.
  let start;
  const promise = new Promise((resolve) => {
    start = resolve;
  });
  const early = newRegistry((name) => (name === "home-assistant" ? promise : null));
  globalThis.customElements = early;
  page.customElements = newRegistry();
  const { elements } = page.customElements;
  // Each load is a module of its own.
  const source = () => encodeURIComponent(`${MODULE}// ${loads++}`);
  const again = async () => import(`data:text/javascript,${source()}`);
  await again();
  const before = elements.size + early.elements.size;
  start();
  await promise;
  return { again, before, elements, page, strategy: elements.get("ll-strategy-dashboard-bas-ip") };
}

function flat(texts, prefix) {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${prefix}.${key}`, value]] : flat(value, `${prefix}.${key}`),
  );
}

function textsIn(language) {
  const file = new URL(`translations/${language}.json`, ROOT);
  return flat(JSON.parse(readFileSync(file, "utf-8")), "component.bas_ip");
}

function localizer(language) {
  // What a language lacks is shown in English.
  const byKey = new Map([...textsIn("en"), ...textsIn(language)]);
  byKey.set("state.default.unknown", "Unknown");
  return (key, values = {}) =>
    (byKey.get(key) ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Home Assistant with panels; a panel is its name and the keys of its entities with their states, which may have attributes. */
export class Home {
  constructor(language = "en") {
    this.language = language;
    this.locale = { language, time_format: "24", time_zone: "server" };
    this.config = { time_zone: "Europe/Berlin" };
    this.areas = {};
    this.floors = {};
    this.devices = {};
    this.entities = {};
    this.states = {};
    this.user = { is_admin: true };
    this.registry = [];
    this.loaded = [];
    this.calls = [];
  }

  add(name, entities, { area_id = null, id = `id-of-${name}` } = {}) {
    this.devices[id] = { id, name, name_by_user: null, area_id };
    for (const [path, state] of Object.entries(entities)) this.addEntity(id, path, state);
    return id;
  }

  addEntity(device, path, state, more = {}) {
    const [domain, key] = path.split(".");
    const [, account, kind] = /^(first|second):(\w+)$/.exec(key) ?? [null, null, key];
    const entity_id = `${domain}.entity_${this.registry.length}`;
    const unique_id = account ? `1234_${account}_account_${kind}` : `1234_${kind}`;
    const entry = {
      entity_id,
      unique_id,
      device_id: device,
      translation_key: kind,
      platform: "bas_ip",
      name: null,
      disabled_by: null,
      hidden_by: null,
      ...more,
    };
    this.registry.push(entry);
    const { platform, translation_key, device_id } = entry;
    this.entities[entity_id] = { entity_id, platform, translation_key, device_id };
    this.setState(entity_id, state);
    return entity_id;
  }

  setState(entity_id, state) {
    const [value, attributes] = [state].flat();
    this.states[entity_id] = { entity_id, state: value, attributes: attributes ?? {} };
  }

  async callWS(message) {
    this.calls.push(message.type);
    return this.registry;
  }

  async loadBackendTranslation(category, integration) {
    this.loaded.push(`${integration}.${category}`);
    return localizer(this.language);
  }

  /** Return what a change makes of this: a new object that shares what is still the same. */
  with(changes) {
    return Object.assign(Object.create(Home.prototype), this, changes);
  }
}

/** The entities of a panel with one account that is as it should be. */
export const FINE = {
  "sensor.status": ["as_expected", { since: "2026-11-20T08:00:00+00:00", problems: [] }],
  "binary_sensor.problem": "off",
  "sensor.sip_status": "registered",
  "sensor.last_settings_change": "unknown",
  "event.sip_events": "unknown",
  "binary_sensor.second:drift": ["off", { since: null, differences: [], number: null }],
  "sensor.second:outbound_proxy": "not_set",
  "sensor.second:proxy": "sip:pbx.example.net",
  "sensor.second:registration_interval": "60",
};

export const DIFFERENCES = ["account 2 realm: a → b", "account 2 transport: UDP → TCP"];
export const SINCE = "2026-11-26T10:00:00+00:00";

/** The entities of a panel whose account has drifted. */
export const DRIFTED = {
  ...FINE,
  "sensor.status": ["drifted", { since: SINCE, problems: DIFFERENCES }],
  "binary_sensor.second:drift": ["on", { since: SINCE, differences: DIFFERENCES, number: 7 }],
};

/** Return the entities of a panel with this Status, which has a reason. */
export function withStatus(status, ...problems) {
  return { ...FINE, "sensor.status": [status, { since: SINCE, problems }] };
}

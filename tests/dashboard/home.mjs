/** A stand-in for what a browser and Home Assistant's web page give to the module. */

import { readFileSync } from "node:fs";

const ROOT = new URL("../../custom_components/bas_ip/", import.meta.url);
const MODULE = readFileSync(new URL("dashboard/bas-ip.js", ROOT), "utf-8");

let loads = 0;

/** Load the module as a page does, and return what it has left there. */
export async function load(page = {}) {
  const elements = new Map();
  globalThis.HTMLElement ??= Object;
  globalThis.window = page;
  globalThis.customElements = {
    get: (name) => elements.get(name),
    define: (name, element) => elements.set(name, element),
  };
  // Each load is a module of its own.
  const source = () => encodeURIComponent(`${MODULE}// ${loads++}`);
  const again = async () => import(`data:text/javascript,${source()}`);
  await again();
  return { again, elements, page, strategy: elements.get("ll-strategy-dashboard-bas-ip") };
}

function flat(texts, prefix) {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${prefix}.${key}`, value]] : flat(value, `${prefix}.${key}`),
  );
}

function localizer(language) {
  const texts = JSON.parse(readFileSync(new URL(`translations/${language}.json`, ROOT), "utf-8"));
  const byKey = new Map(flat(texts, "component.bas_ip"));
  return (key, values = {}) =>
    (byKey.get(key) ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Home Assistant with panels; a panel is its name and the keys of its entities with their states. */
export class Home {
  constructor(language = "en") {
    this.language = language;
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
    this.states[entity_id] = { entity_id, state };
    return entity_id;
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
  "binary_sensor.reachable": "on",
  "sensor.sip_status": "registered",
  "sensor.last_settings_change": "unknown",
  "button.accept_settings": "unknown",
  "event.sip_events": "unknown",
  "binary_sensor.second:drift": "off",
  "sensor.second:proxy": "sip:pbx.example.net",
  "sensor.second:outbound_proxy": "not_set",
};

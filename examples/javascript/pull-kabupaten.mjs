#!/usr/bin/env node
/**
 * Pull all households and persons of a kabupaten or kota; later, only what changed.
 *
 *   HUB_URL=http://127.0.0.1:8000/graphql HUB_TOKEN=hub_... node pull-kabupaten.mjs 3520 hasil
 *
 * The folder `hasil` then holds keluarga-3520.ndjson and orang-3520.ndjson, one record a line; of
 * several lines with one id the last counts. 3520.json says how far each list was read: a run that
 * was cut off goes on there, and a later run asks only for what changed.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {{ id: string, updatedAt: string }} Entry
 * @typedef {{ hasNextPage: boolean, endCursor: string | null }} PageInfo
 * @typedef {{ nodes: Entry[], pageInfo: PageInfo }} Page
 * @typedef {{ message: string, path?: (string | number)[], extensions: { code: string } }} Fault
 * @typedef {Record<string, string | null>} Progress how far each list was read, by its name
 */

const ATTEMPTS = 6;
const LONGEST_WAIT = 60;

/** The lists, each with a query whose one field is called `page`. */
const LISTS = {
  keluarga: `query Households($region: RegionCode!, $after: String) {
    page: households(
      filter: {region: $region}, orderBy: [UPDATED_AT_ASC], first: 100, after: $after
    ) {
      nodes {
        id familyCardNumber size updatedAt
        region { code name } address { formatted } welfare { status decile }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  orang: `query Persons($region: RegionCode!, $after: String) {
    page: persons(
      filter: {region: $region}, orderBy: [UPDATED_AT_ASC], first: 100, after: $after
    ) {
      nodes {
        id nik nikStatus name sex birthDate relationToHead lifeStatus updatedAt
        household { id }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,
};

/** The hub answered with `errors`. */
class HubError extends Error {
  /** @param {Fault[]} faults */
  constructor(faults) {
    super(faults.map((fault) => `${fault.extensions.code}: ${fault.message}`).join("\n"));
    this.codes = faults.map((fault) => fault.extensions.code);
  }
}

/**
 * Send a request, again while the hub is busy or away: it only reads.
 * @param {string} body
 * @returns {Promise<Response>}
 */
async function send(body) {
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === ATTEMPTS;
    let wait = 2 ** attempt;
    try {
      const response = await fetch(process.env.HUB_URL, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${process.env.HUB_TOKEN}`,
          "Content-Type": "application/json",
          Accept: "application/graphql-response+json",
        },
        body,
        signal: AbortSignal.timeout(60_000),
      });
      if (![429, 503].includes(response.status) || last) return response;
      await response.body?.cancel();
      const told = response.headers.get("Retry-After") ?? "";
      if (/^\d+$/.test(told)) wait = Number(told);
    } catch (error) {
      if (last) throw error;
    }
    await sleep(Math.min(wait, LONGEST_WAIT) * 1000);
  }
}

/**
 * One page of a list.
 * @param {string} query
 * @param {{ region: string, after: string | null }} variables
 * @returns {Promise<Page>}
 */
async function ask(query, variables) {
  const response = await send(JSON.stringify({ query, variables }));
  const isJson = /^application\/(graphql-response\+)?json\b/.test(
    response.headers.get("Content-Type") ?? "",
  );
  if (!isJson) throw new Error(`HTTP ${response.status}`); // from a proxy, not from the hub
  const answer = await response.json();
  if (answer.errors) throw new HubError(answer.errors);
  return answer.data.page;
}

/**
 * Read on behind what was read; gives how many records came.
 * @param {keyof typeof LISTS} name
 * @param {string} region
 * @param {string} folder
 * @param {Progress} progress
 */
async function pull(name, region, folder, progress) {
  let count = 0;
  for (;;) {
    const after = progress[name] ?? null;
    let page;
    try {
      page = await ask(LISTS[name], { region, after });
    } catch (error) {
      const refused = error instanceof HubError && error.codes.includes("BAD_INPUT");
      if (!refused || after === null) throw error;
      progress[name] = null; // a newer hub may not know the old cursor: start again
      continue;
    }
    const lines = page.nodes.map((node) => `${JSON.stringify(node)}\n`).join("");
    await appendFile(join(folder, `${name}-${region}.ndjson`), lines, { mode: 0o600 });
    count += page.nodes.length;
    // First the records, then how far they go: cut off in between, a page just comes twice.
    progress[name] = page.pageInfo.endCursor ?? after;
    await keep(join(folder, `${region}.json`), progress);
    if (!page.pageInfo.hasNextPage) return count;
  }
}

/**
 * How far each list was read in an earlier run.
 * @param {string} file
 * @returns {Promise<Progress>}
 */
async function kept(file) {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/**
 * Replace the file as a whole.
 * @param {string} file
 * @param {Progress} progress
 */
async function keep(file, progress) {
  await writeFile(`${file}.new`, JSON.stringify(progress), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

const [region, folder] = process.argv.slice(2);
if (!folder || !process.env.HUB_URL || !process.env.HUB_TOKEN) {
  console.error("HUB_URL=... HUB_TOKEN=... node pull-kabupaten.mjs KODE FOLDER");
  process.exit(2);
}
try {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const progress = await kept(join(folder, `${region}.json`));
  for (const name of /** @type {(keyof typeof LISTS)[]} */ (Object.keys(LISTS))) {
    const count = await pull(name, region, folder, progress);
    console.log(`${name}: ${count} baru atau berubah / new or changed`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

// The policy of docs/SCHEMA.md as functions. Each takes texts and answers what is wrong, as sentences.
import { ChangeType, CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, validateSchema } from "graphql";

const RELEASE = /^## \S+ \((\d{4}-\d{2}-\d{2})\)$/;
const NOTICE_DAYS = 180;
const ANNOUNCEMENT = /^- `([^`]+)` on (\d{4}-\d{2}-\d{2}): /;
const CORRECTION = /^- `([^`]+)`: \S/;

/**
 * The breaks that a changelog announces: what stands under `### Announced breaks` of each release. `released` is the
 * day of that release, and missing for what is not released.
 * @returns {{ path: string, date: string, released?: string }[]}
 */
export function announcements(changelog) {
  const found = [];
  let released;
  let inside = false;
  for (const line of changelog.split("\n")) {
    if (line.startsWith("## ") && line !== "## Unreleased") {
      released = RELEASE.exec(line)?.[1];
      if (!isDate(released)) throw new Error(`The changelog has a release without its day (yyyy-mm-dd): ${line}`);
    }
    if (line.startsWith("#")) inside = line === "### Announced breaks";
    else if (inside && line.startsWith("- ")) {
      const [, path, date] = ANNOUNCEMENT.exec(line) ?? [];
      if (!isDate(date)) throw new Error(`The changelog announces without \`path\` on yyyy-mm-dd: ${line}`);
      found.push({ path, date, released });
    }
  }
  return found;
}

/**
 * The fields of which a changelog says, under `### Corrections`, that they never were non-null in truth.
 * @returns {string[]}
 */
export function corrections(changelog) {
  let inside = false;
  return changelog.split("\n").flatMap((line) => {
    if (line.startsWith("#")) inside = line === "### Corrections";
    if (!inside || !line.startsWith("- ")) return [];
    const [, path] = CORRECTION.exec(line) ?? [];
    if (!path) throw new Error(`The changelog corrects without \`path\`: and a reason: ${line}`);
    return [path];
  });
}

/** Whether a change does no more than make a field of an answer nullable. */
function makesNullable({ type, meta }) {
  return type === ChangeType.FieldTypeChanged && meta.oldFieldType === `${meta.newFieldType}!`;
}

/** What graphql-js holds against the schema itself. */
export function faults(schema) {
  return validateSchema(buildSchema(schema)).map((error) => error.message);
}

/** Breaking changes since the release, but for corrections, and those that a release has announced for a date that has come. */
export async function refusedBreaks(released, schema, changelog, today) {
  const announced = announcements(changelog);
  const corrected = corrections(changelog);
  const changes = await diff(buildSchema(released), buildSchema(schema));
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .filter((change) => !(corrected.includes(change.path) && makesNullable(change)))
    .filter(({ path }) => !announced.some((one) => one.path === path && one.released && one.date <= today))
    .map(({ path, message }) => `${path}: ${message}. No release has announced this for today or earlier.`);
}

/** Announced breaks that come sooner than clients were promised. */
export function shortNotices(changelog, today) {
  return announcements(changelog).flatMap(({ path, date, released }) => {
    const earliest = new Date(`${released ?? today}T00:00:00Z`);
    earliest.setUTCDate(earliest.getUTCDate() + NOTICE_DAYS);
    const day = earliest.toISOString().slice(0, 10);
    return date < day ? [`${path}: announced for ${date}, with less than ${NOTICE_DAYS} days of notice: not before ${day}.`] : [];
  });
}

/** Deprecations whose reason does not say when they end, or whose end the changelog does not announce. */
export function undatedDeprecations(schema, changelog) {
  const announced = announcements(changelog);
  return deprecations(buildSchema(schema)).flatMap(({ path, reason }) => {
    const date = /\b\d{4}-\d{2}-\d{2}\b/.exec(reason)?.[0];
    if (!isDate(date)) return [`${path}: its deprecation does not say on which day (yyyy-mm-dd) it ends.`];
    const known = announced.some((one) => one.path === path && one.date === date);
    return known ? [] : [`${path}: the changelog does not announce its end on ${date}.`];
  });
}

function deprecations(schema) {
  const members = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isEnumType(type)) return type.getValues().map((value) => [`${type.name}.${value.name}`, value]);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) => {
      const path = `${type.name}.${field.name}`;
      return [[path, field], ...(field.args ?? []).map((argument) => [`${path}.${argument.name}`, argument])];
    });
  });
  return members
    .filter(([, { deprecationReason }]) => deprecationReason != null)
    .map(([path, { deprecationReason }]) => ({ path, reason: deprecationReason }));
}

function isDate(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

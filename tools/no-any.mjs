// Refuses `any` in generated types: looks through every type alias of the files it is given, all the way down.
// What is no alias (classes, functions) is the same for every schema and describes no data.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const ts = createRequire(resolve("package.json"))("typescript");
const files = process.argv.slice(2);
const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
const program = ts.createProgram(files, { ...options, noEmit: true });
const checker = program.getTypeChecker();

const seen = new Set();
const found = [];
for (const file of files) {
  for (const alias of program.getSourceFile(file).statements.filter(ts.isTypeAliasDeclaration)) {
    // A generic alias is a helper; it is looked at where it is used.
    if (!alias.typeParameters) look(checker.getTypeAtLocation(alias.name), alias.name.text);
  }
}

function look(type, path) {
  if (type.flags & ts.TypeFlags.Any) found.push(path);
  // Strings and numbers have members of their own, which are not data.
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.UnionOrIntersection)) || seen.has(type)) return;
  seen.add(type);
  if (type.isUnionOrIntersection()) return type.types.forEach((part) => look(part, path));
  if (checker.isArrayType(type)) return checker.getTypeArguments(type).forEach((item) => look(item, `${path}[]`));
  for (const property of checker.getPropertiesOfType(type)) {
    look(checker.getTypeOfSymbol(property), `${path}.${property.name}`);
  }
  for (const { type: value } of checker.getIndexInfosOfType(type)) look(value, `${path}[string]`);
}

for (const path of found) console.error(`any: ${path}`);
console.log(`${seen.size} generated types looked through, ${found.length} times any`);
process.exitCode = seen.size > 0 && found.length === 0 ? 0 : 1;

// Code and types of every document of `documents/`, as both generators for TypeScript make them of it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createClient } from "@hey-api/openapi-ts";
import openapiTS, { astToString } from "openapi-typescript";

for (const name of readdirSync("documents")) {
  const service = name.replace(".json", "");
  const types = await openapiTS(JSON.parse(readFileSync(`documents/${name}`, "utf8")));
  writeFileSync(`types-${service}.ts`, astToString(types));
  const output = { path: `generated/${service}`, importFileExtension: ".js" };
  await createClient({ input: `./documents/${name}`, output });
}

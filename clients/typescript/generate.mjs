// Writes the types of every document of `documents/` to `src/generated/`.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

await mkdir("src/generated", { recursive: true });
for (const name of await readdir("documents")) {
  const types = await openapiTS(JSON.parse(await readFile(`documents/${name}`, "utf8")));
  await writeFile(`src/generated/${name.replace(".json", ".ts")}`, astToString(types));
}

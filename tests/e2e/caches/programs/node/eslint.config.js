import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig([
  { ignores: ["coverage", "dist"] },
  js.configs.recommended,
  tseslint.configs.recommended,
  hooks.configs.flat.recommended,
]);

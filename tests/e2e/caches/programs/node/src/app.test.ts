import request from "supertest";
import { expect, test } from "vitest";
import { app, pool } from "./app.js";

test("it checks a body", async () => {
  expect((await request(app).post("/pets").send({ name: "Rex" })).status).toBe(201);
  expect((await request(app).post("/pets").send({})).status).toBe(422);
});

test("its driver gets as far as the network", async () => {
  await expect(pool.query("select 1")).rejects.toThrow("ECONNREFUSED");
});

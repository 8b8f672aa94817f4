import express from "express";
import { Pool } from "pg";
import { z } from "zod";

const Pet = z.object({ name: z.string().min(1) });
export const pool = new Pool({ host: "127.0.0.1", port: 1 });
export const app = express();

app.use(express.json());
app.post("/pets", (request, response) => {
  const pet = Pet.safeParse(request.body);
  response.status(pet.success ? 201 : 422).json(pet.success ? pet.data : pet.error.issues);
});

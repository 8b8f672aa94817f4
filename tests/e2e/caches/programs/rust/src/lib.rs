use axum::{Json, Router, http::StatusCode, routing::post};
use serde::Deserialize;

#[derive(Deserialize)]
struct Pet {
    name: String,
}

pub fn app() -> Router {
    Router::new().route("/pets", post(create))
}

async fn create(Json(pet): Json<Pet>) -> StatusCode {
    if pet.name.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::CREATED
    }
}

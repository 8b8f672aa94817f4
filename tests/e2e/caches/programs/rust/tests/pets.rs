use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use tower::ServiceExt;

async fn post(body: &'static str) -> StatusCode {
    let request = Request::post("/pets")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    tiny::app().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn it_checks_a_body() {
    assert_eq!(post(r#"{"name": "Rex"}"#).await, StatusCode::CREATED);
    assert_eq!(
        post(r#"{"name": ""}"#).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

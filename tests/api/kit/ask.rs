//! Asking the server, and reading what it answers.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use super::App;

/// Somebody who asks: a credential, and perhaps the workspace it names.
#[derive(Clone)]
pub struct Asker {
    http: reqwest::Client,
    pub(super) url: String,
    pub(super) authorization: Option<String>,
    pub(super) workspace: Option<String>,
}

impl Asker {
    pub fn new(app: &App, authorization: Option<String>) -> Self {
        Self { http: app.http.clone(), url: app.url.clone(), authorization, workspace: None }
    }

    /// Somebody with this credential at any server.
    pub fn bearer(url: &str, credential: &str) -> Self {
        Self {
            http: super::app::client(),
            url: url.to_owned(),
            authorization: Some(format!("Bearer {credential}")),
            workspace: None,
        }
    }

    /// The same with an `X-Workspace-Id` header.
    pub fn in_workspace(&self, id: &str) -> Self {
        Self { workspace: Some(id.to_owned()), ..self.clone() }
    }

    /// The same with this `Authorization` header.
    pub fn authorized(&self, header: &str) -> Self {
        Self { authorization: Some(header.to_owned()), ..self.clone() }
    }

    /// The same at another server.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The same where somebody else asks.
    pub fn beside(&self, other: &Self) -> Self {
        self.at(&other.url)
    }

    /// What the server answers to a query with variables.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": query, "variables": variables }).to_string()).await
    }

    /// What the server answers to a query.
    pub async fn say(&self, query: &str) -> Answer {
        self.post(&json!({ "query": query }).to_string()).await
    }

    /// What the server answers to a body of JSON.
    pub async fn post(&self, body: &str) -> Answer {
        let request = self.request(reqwest::Method::POST, "/graphql");
        Answer::of(request.header(CONTENT_TYPE, "application/json").body(body.to_owned())).await
    }

    /// What the server answers to `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(reqwest::Method::GET, path)).await
    }

    /// A request with the credential on it.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(workspace) = &self.workspace {
            request = request.header("X-Workspace-Id", workspace);
        }
        request
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The text as JSON, or null.
    pub json: Value,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    /// What stands at this JSON pointer of the data of an answer without errors.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        assert!(self.json.get("errors").is_none(), "there are errors: {}", self.text);
        self.shown(pointer)
    }

    /// What stands at this JSON pointer of the data, whatever else was refused.
    #[track_caller]
    pub fn shown(&self, pointer: &str) -> &Value {
        let found = self.json.get("data").and_then(|data| data.pointer(pointer));
        found.unwrap_or_else(|| panic!("there is nothing at {pointer}: {}", self.text))
    }

    /// The text at this pointer.
    #[track_caller]
    pub fn str(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("there is no text at {pointer}: {}", self.text))
    }

    /// The number at this pointer.
    #[track_caller]
    pub fn int(&self, pointer: &str) -> i64 {
        self.at(pointer).as_i64().unwrap_or_else(|| panic!("there is no number at {pointer}: {}", self.text))
    }

    /// One text of each element of the list at this pointer.
    #[track_caller]
    pub fn each(&self, list: &str, field: &str) -> Vec<String> {
        let list = self.at(list).as_array().unwrap_or_else(|| panic!("there is no list at {list}: {}", self.text));
        list.iter().map(|element| element[field].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub fn errors(&self) -> &[Value] {
        self.json["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The codes of its errors.
    pub fn codes(&self) -> Vec<&str> {
        self.errors().iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("(no code)")).collect()
    }

    /// Asserts that all it says is one error of this code.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert_eq!(self.codes(), [code], "{}", self.text);
    }
}

//! The examples of the guides for users, asked one after the other of a server with the demo's data.
//!
//! A comment before a block says who asks: `as member@acme`, `as nobody`, with ` at limited` or ` at trusting` of a
//! server that is set up otherwise. A `graphql` block is followed by its answer, a block `json answer`, perhaps with
//! `json variables` between them; an `http` block by an `http answer`. A block `text socket` is what both sides of a
//! socket say. In all of them `$TOKEN` is the credential, and `<name>` stands for what differs each time. After `file`
//! and a path comes what stands in that file, and after `part of` and a path some lines of it.

use std::collections::HashMap;
use std::iter::Peekable;
use std::slice::Iter;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use well_ingestion::seed::{self, SeedOptions};
use well_ingestion::server::{DocumentSettings, RateSettings, Settings, Trust, Trusted};

use super::markdown::{Block, blocks};
use super::pattern::Names;
use super::read;
use crate::kit::{Answer, App, Asker, Row, Socket, make, token};

/// In the order of their reading.
const GUIDES: [&str; 6] =
    ["docs/API.md", "docs/MUTATIONS.md", "docs/JSONATA.md", "docs/ERRORS.md", "docs/RECIPES.md", "docs/REST.md"];

/// The moment that the data leads up to.
const NOW: &str = "2025-03-14T12:00:00Z";

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(20);

struct Guide {
    app: App,
    acme: Row,
    /// The key of the pipeline.
    key: String,
    /// Nobody, at each server.
    servers: HashMap<&'static str, Asker>,
    names: Names,
}

impl Guide {
    async fn start(guides: &[Vec<Block>]) -> Self {
        let app = App::start().await;
        let options = SeedOptions { scale: 1, seed: 1, now: NOW.parse().unwrap(), progress: false };
        seed::demo(app.database(), &options).await.unwrap();
        let acme = "SELECT pk, workspace_id::text FROM core_api.workspaces WHERE external_workspace_id = 'acme'";
        let acme = app.sql().query_one(acme, &[]).await.unwrap();
        let acme = Row { table: "workspaces", pk: acme.get(0), id: acme.get(1), workspace_pk: acme.get(0) };
        let key = make::api_key(&app, &acme, json!({})).await.1;
        let limited = Settings { rate: Some(RateSettings { per_minute: 60, burst: 100 }), ..Settings::default() };
        let trusting = Settings { documents: trusting(guides), ..Settings::default() };
        let servers = HashMap::from([
            ("", app.anyone()),
            ("limited", app.beside(&app.anyone(), limited).await),
            ("trusting", app.beside(&app.anyone(), trusting).await),
        ]);
        Self { app, acme, key, servers, names: Names::default() }
    }

    /// Tries the example that begins with this block.
    async fn try_out(&mut self, block: &Block, rest: &mut Peekable<Iter<'_, Block>>) -> Result<(), String> {
        if let Some(path) = block.note.strip_prefix("file ") {
            return if read(path).trim_end() == block.text { Ok(()) } else { Err(format!("{path} is another")) };
        }
        if let Some(path) = block.note.strip_prefix("part of ") {
            let stands = read(path).contains(&format!("{}\n", block.text));
            return if stands { Ok(()) } else { Err(format!("{path} does not have these lines")) };
        }
        let who = block.note.strip_prefix("as ").map(|who| who.split_once(" at ").unwrap_or((who, "")));
        let Some((subject, server)) = who else { return Err("nobody is said to ask it".to_owned()) };
        let credential = match subject.split_once('@') {
            None => String::new(),
            Some(("service", _)) => self.key.clone(),
            Some(_) => token(subject, None),
        };
        self.names.set("token", &credential);
        let nobody = self.servers[server].clone();
        let mut followed_by = |info: &str| rest.next_if(|next| next.info == info);
        match block.info.as_str() {
            "graphql" => {
                let variables = followed_by("json variables");
                let shown = followed_by("json answer").ok_or("there is no answer")?;
                let asker =
                    if credential.is_empty() { nobody } else { nobody.authorized(&format!("Bearer {credential}")) };
                self.ask(&asker, block, variables, shown).await
            }
            "http" => {
                let shown = followed_by("http answer").ok_or("there is no answer")?;
                self.request(&nobody, block, shown).await
            }
            "text socket" => self.talk(block).await,
            other => Err(format!("nothing tries out a block of `{other}`")),
        }
    }

    async fn ask(
        &mut self,
        asker: &Asker,
        query: &Block,
        variables: Option<&Block>,
        shown: &Block,
    ) -> Result<(), String> {
        let variables = variables.map_or(Ok(json!({})), |block| self.parse(&block.text))?;
        let answer = asker.ask(&query.text, variables).await;
        self.compare(&shown.text, &answer)
    }

    /// Sends a request as it is written: the method and the path, headers, an empty line and the body.
    async fn request(&mut self, nobody: &Asker, request: &Block, shown: &Block) -> Result<(), String> {
        let text = self.names.fill(&request.text.replace("$TOKEN", "<token>"));
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let (method, path) = line.split_once(' ').ok_or("there is no path")?;
        let mut request = nobody.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        let answer = Answer::of(request.body(body.to_owned())).await;

        let (head, body) = shown.text.split_once("\n\n").unwrap_or((&shown.text, ""));
        let (status, headers) = head.split_once('\n').unwrap_or((head, ""));
        self.names.match_text(status, &answer.status.to_string())?;
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            let actual = answer.headers.get(name).and_then(|value| value.to_str().ok());
            self.names.match_text(value, actual.ok_or_else(|| format!("there is no header {name}"))?)?;
        }
        self.compare(body, &answer)
    }

    fn compare(&mut self, shown: &str, answer: &Answer) -> Result<(), String> {
        let compared = match serde_json::from_str(shown) {
            Ok(shown) => self.names.match_json(&shown, &answer.json),
            Err(_) => self.names.match_text(shown.trim_end(), answer.text.trim_end()),
        };
        compared.map_err(|difference| format!("{difference}\n  {}", answer.text))
    }

    /// Says and hears what stands behind the arrows. Documents are made until an event is heard: a subscription begins
    /// some time after it was asked for.
    async fn talk(&mut self, block: &Block) -> Result<(), String> {
        let mut socket = Socket::open(&self.app).await;
        for line in block.text.lines() {
            if let Some(said) = line.strip_prefix("→ ") {
                socket.say(self.parse(said)?).await;
            } else if let Some(shown) = line.strip_prefix("← ") {
                let shown: Value = self.parse(shown)?;
                let heard = async {
                    loop {
                        if shown["type"] == "next" {
                            make::document(&self.app, &self.acme, json!({ "filename": "invoice.pdf" })).await;
                        }
                        if let Ok(message) = tokio::time::timeout(Duration::from_millis(200), socket.hear()).await {
                            return message;
                        }
                    }
                };
                let heard = tokio::time::timeout(PATIENCE, heard).await.map_err(|_| format!("not heard: {shown}"))?;
                self.names.match_json(&shown, &heard)?;
            } else {
                return Err(format!("neither said nor heard: {line}"));
            }
        }
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<Value, String> {
        let text = self.names.fill(&text.replace("$TOKEN", "<token>"));
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }
}

/// Only the documents of the guides' manifest are answered.
fn trusting(guides: &[Vec<Block>]) -> DocumentSettings {
    let folder = tempfile::tempdir().unwrap();
    for (number, block) in guides.iter().flatten().filter(|block| block.info == "json manifest").enumerate() {
        std::fs::write(folder.path().join(format!("{number}.json")), &block.text).unwrap();
    }
    let trusted = Trusted::load(folder.path()).unwrap();
    DocumentSettings { trust: Trust::Require, trusted, ..DocumentSettings::default() }
}

#[tokio::test]
async fn every_example_is_answered_as_the_guides_say() {
    let guides = GUIDES.map(|guide| blocks(&read(guide)));
    let mut guide = Guide::start(&guides).await;
    let (mut tried, mut failures) = (0, Vec::new());
    for (file, blocks) in GUIDES.iter().zip(&guides) {
        let mut rest = blocks.iter().peekable();
        while let Some(block) = rest.next() {
            if matches!(block.info.as_str(), "console" | "json manifest") {
                continue;
            }
            tried += 1;
            if let Err(failure) = guide.try_out(block, &mut rest).await {
                failures.push(format!("{file}:{}: {failure}", block.line));
            }
        }
    }
    assert!(tried > 30, "only {tried} examples were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

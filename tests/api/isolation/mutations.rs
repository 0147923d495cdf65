//! Every mutation × every kind of outsider: it is refused, tells nothing, and changes nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{World, nobodys_id};
use crate::kit::introspection::Schema;
use crate::kit::{Answer, App, Asker, make};

/// Who may call a mutation.
#[derive(Clone, Copy, Debug)]
enum Callers {
    Members,
    MembersAndService,
    Admins,
    AdminsAndService,
    Service,
}

use Callers::{Admins, AdminsAndService, Members, MembersAndService, Service};

/// A mutation with an input that its callers may send. `$Task` stands for the id of the world's task.
struct Mutation {
    name: &'static str,
    callers: Callers,
    input: &'static str,
}

const fn line(name: &'static str, callers: Callers, input: &'static str) -> Mutation {
    Mutation { name, callers, input }
}

const BY_ID: &str = r#"{ "id": "$" }"#;

const MUTATIONS: [Mutation; 51] = [
    line("compareConnectorMappingSchema", Service, r#"{ "id": "$ConnectorMapping", "schemaFingerprint": "x" }"#),
    line("connectWorkspaceConnector", AdminsAndService, r#"{ "connectorId": "$Connector" }"#),
    line("createApiKey", Admins, r#"{ "name": "x", "role": "MEMBER", "personId": "$People" }"#),
    line("createCollect", Members, r#"{ "taskId": "$Task" }"#),
    line("createConnector", AdminsAndService, r#"{ "name": "x", "provider": "WELL", "serviceId": "mine" }"#),
    line("createConnector", Service, r#"{ "name": "x", "provider": "WELL", "serviceId": "all", "global": true }"#),
    line(
        "createConnectorMapping",
        Service,
        r#"{ "workspaceConnectorId": "$WorkspaceConnector", "targetModel": "EMAIL", "toolName": "x", "expression": "x" }"#,
    ),
    line(
        "createConnectorSyncDiagnostic",
        Service,
        r#"{ "workspaceConnectorId": "$WorkspaceConnector", "targetModel": "EMAIL", "reason": "JURY_RUN", "detail": "x" }"#,
    ),
    line(
        "createConnectorSyncDiagnostics",
        Service,
        r#"{ "diagnostics": [
            { "workspaceConnectorId": "$WorkspaceConnector", "targetModel": "EMAIL", "reason": "JURY_RUN", "detail": "x" },
            { "workspaceConnectorId": "$WorkspaceConnector", "targetModel": "EMAIL", "reason": "JURY_RUN", "detail": "x" }
        ] }"#,
    ),
    line("createDocument", MembersAndService, r#"{ "filename": "x", "collectId": "$Collect" }"#),
    line("createDocument", Service, r#"{ "filename": "x", "processingStatus": "EXTRACTED" }"#),
    line(
        "createDocumentWorkspaceConnector",
        Service,
        r#"{ "documentId": "$Document", "workspaceConnectorId": "$WorkspaceConnector", "direction": "OUTPUT" }"#,
    ),
    line("createMembership", Admins, r#"{ "role": "MEMBER", "subject": "new", "personId": "$People" }"#),
    line("createPeople", MembersAndService, r#"{ "fullName": "x" }"#),
    line("createTask", MembersAndService, r#"{ "title": "x", "assignedToId": "$People", "parentTaskId": "$Task" }"#),
    line("createWorkspaceConnectorSyncLog", Service, r#"{ "workspaceConnectorId": "$WorkspaceConnector" }"#),
    line(
        "createWorkspaceConnectorSyncLog",
        Service,
        r#"{ "workspaceConnectorId": "$WorkspaceConnector", "triggerType": "CLOUD_TASK", "cloudTaskId": "x" }"#,
    ),
    line("deleteCollect", Members, BY_ID),
    line("deleteConnector", AdminsAndService, BY_ID),
    line("deleteConnectorMapping", Service, BY_ID),
    line("deleteConnectorSyncDiagnostic", Service, BY_ID),
    line("deleteDocument", MembersAndService, BY_ID),
    line("deleteDocumentWorkspaceConnector", Service, BY_ID),
    line("deleteMembership", Admins, BY_ID),
    line("deletePeople", MembersAndService, BY_ID),
    line("deleteTask", MembersAndService, BY_ID),
    line("deleteWorkspaceConnectorSyncLog", Service, BY_ID),
    line("disconnectWorkspaceConnector", AdminsAndService, r#"{ "id": "$WorkspaceConnector" }"#),
    line("markWorkspaceConnectorSyncLogError", Service, r#"{ "id": "$WorkspaceConnectorSyncLog", "error": "x" }"#),
    line("markWorkspaceConnectorSyncLogSuccess", Service, r#"{ "id": "$WorkspaceConnectorSyncLog" }"#),
    line(
        "markWorkspaceConnectorSyncLogSuccess",
        Service,
        r#"{ "id": "$WorkspaceConnectorSyncLog", "metadata": { "x": 1 } }"#,
    ),
    line("recordConnectorMappingPersistCount", Service, r#"{ "id": "$ConnectorMapping", "persistCount": 1 }"#),
    line("regenerateConnectorMapping", Service, r#"{ "id": "$ConnectorMapping", "expression": "x" }"#),
    line("revokeApiKey", Admins, r#"{ "id": "$ApiKey" }"#),
    line(
        "stageDocumentWorkspaceConnectors",
        Service,
        r#"{ "links": [
            { "documentId": "$Document", "workspaceConnectorId": "$WorkspaceConnector", "direction": "INPUT" },
            { "documentId": "$Document", "workspaceConnectorId": "$WorkspaceConnector", "direction": "OUTPUT" }
        ] }"#,
    ),
    line("startWorkspaceConnectorSyncLog", Service, r#"{ "id": "$WorkspaceConnectorSyncLog" }"#),
    line("updateCollect", MembersAndService, r#"{ "id": "$Collect", "status": "IN_PROGRESS", "taskId": "$Task" }"#),
    line("updateConnector", AdminsAndService, r#"{ "id": "$Connector", "name": "x" }"#),
    line("updateConnectorMapping", Service, r#"{ "id": "$ConnectorMapping", "needsRegeneration": true }"#),
    line("updateConnectorSyncDiagnostic", Service, r#"{ "id": "$ConnectorSyncDiagnostic", "detail": "x" }"#),
    line("updateDocument", MembersAndService, r#"{ "id": "$Document", "filename": "x" }"#),
    line("updateDocument", Service, r#"{ "id": "$Document", "processingStatus": "EXTRACTED" }"#),
    line(
        "updateDocumentWorkspaceConnector",
        Service,
        r#"{ "id": "$DocumentWorkspaceConnector", "direction": "OUTPUT" }"#,
    ),
    line("updateMembership", Admins, r#"{ "id": "$Membership", "role": "GUEST", "personId": "$People" }"#),
    line("updatePeople", MembersAndService, r#"{ "id": "$People", "fullName": "x" }"#),
    line(
        "updateTask",
        MembersAndService,
        r#"{ "id": "$Task", "assignedToId": "$People", "parentTaskId": "$parent Task" }"#,
    ),
    line("updateWorkspace", Admins, r#"{ "description": "x" }"#),
    line("updateWorkspaceConnector", Admins, r#"{ "id": "$WorkspaceConnector", "accountLabel": "x" }"#),
    line("updateWorkspaceConnector", Service, r#"{ "id": "$WorkspaceConnector", "status": "DEGRADED" }"#),
    line("updateWorkspaceConnectorSyncLog", Service, r#"{ "id": "$WorkspaceConnectorSyncLog", "metadata": {} }"#),
    line("updateWorkspaceConnectorSyncLog", Service, r#"{ "id": "$WorkspaceConnectorSyncLog", "metadata": null }"#),
];

impl Mutation {
    /// The places in its input that name a row, each with what it names.
    fn references(&self) -> Vec<(String, String)> {
        fn look(at: &str, value: &Value, found: &mut Vec<(String, String)>) {
            match value {
                Value::Object(fields) => {
                    fields.iter().for_each(|(field, value)| look(&format!("{at}/{field}"), value, found));
                }
                Value::Array(list) => {
                    list.iter().enumerate().for_each(|(i, value)| look(&format!("{at}/{i}"), value, found));
                }
                Value::String(text) => {
                    found.extend(text.strip_prefix('$').map(|name| (at.to_owned(), name.to_owned())));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        look("", &serde_json::from_str(self.input).unwrap(), &mut found);
        for (_, name) in &mut found {
            if name.is_empty() {
                self.name.trim_start_matches("delete").clone_into(name);
            }
        }
        found
    }

    /// The input with an id for each reference to what it names.
    fn input(&self, id: impl Fn(&str) -> String) -> Value {
        let mut input: Value = serde_json::from_str(self.input).unwrap();
        for (place, name) in self.references() {
            *input.pointer_mut(&place).unwrap() = json!(id(&name));
        }
        input
    }

    fn query(&self) -> String {
        let ty = format!("{}{}Input", self.name[..1].to_uppercase(), &self.name[1..]);
        format!(
            "mutation ($input: {ty}!) {{ done: {}(input: $input) {{ userErrors {{ code message path }} }} }}",
            self.name
        )
    }

    async fn call(&self, asker: &Asker, input: Value) -> Answer {
        asker.ask(&self.query(), json!({ "input": input })).await
    }

    fn open_to(&self, role: &str) -> bool {
        match self.callers {
            Members => matches!(role, "member" | "admin" | "owner"),
            MembersAndService => role != "guest",
            Admins => matches!(role, "admin" | "owner"),
            AdminsAndService => matches!(role, "admin" | "owner" | "service"),
            Service => role == "service",
        }
    }

    /// Somebody of the other workspace who may call it there.
    fn caller_elsewhere(&self, app: &App) -> Asker {
        match self.callers {
            Members | MembersAndService => app.member_elsewhere(),
            Admins | AdminsAndService => app.admin_elsewhere(),
            Service => app.service_elsewhere(),
        }
    }
}

/// All rows there are, but for when a key was used.
async fn everything(app: &App) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for table in make::tables() {
        let query = format!(
            "SELECT '{table} ' || (to_jsonb(t) - '{{last_used_at,updated_at}}'::text[])::text FROM core_api.{table} t"
        );
        rows.extend(app.sql().query(&query, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}

#[tokio::test]
async fn every_mutation_has_its_line_here() {
    let schema = Schema::of(&App::start().await).await;
    let lines: BTreeSet<String> = MUTATIONS.iter().map(|line| line.name.to_owned()).collect();
    assert_eq!(schema.root_fields("mutation"), lines);
}

#[tokio::test]
async fn nobody_changes_anything_by_any_mutation() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let before = everything(&app).await;
    let told = app.anyone().say("{ __typename }").await;
    for mutation in &MUTATIONS {
        let answer = mutation.call(&app.anyone(), mutation.input(|name| world.id(name).to_owned())).await;
        assert_eq!((answer.status, &answer.text), (401, &told.text), "{}", mutation.name);
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn a_mutation_above_ones_role_is_forbidden_whether_its_row_exists_or_not() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let before = everything(&app).await;
    for (role, asker) in app.by_role() {
        for mutation in MUTATIONS.iter().filter(|mutation| !mutation.open_to(role)) {
            let known = mutation.call(&asker, mutation.input(|name| world.id(name).to_owned())).await;
            assert_eq!(known.codes(), ["FORBIDDEN"], "{role}: {} {}", mutation.name, known.text);
            let unknown = mutation.call(&asker, mutation.input(nobodys_id)).await;
            assert_eq!(known.text, unknown.text, "{role}: {}", mutation.name);
        }
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn whoever_may_call_a_mutation_gets_through_with_rows_of_ones_own_workspace() {
    let app = App::start().await;
    for mutation in &MUTATIONS {
        for (role, asker) in app.by_role().into_iter().filter(|(role, _)| mutation.open_to(role)) {
            // Whoever made a collect needs to be a person; of these only the member is one.
            if mutation.name == "createCollect" && role != "member" {
                continue;
            }
            let world = World::fill(&app, &app.here, &app.member()).await;
            let mut input = mutation.input(|name| world.id(name).to_owned());
            for (field, unique) in [("serviceId", "service"), ("subject", "subject")] {
                if let Some(value) = input.get_mut(field) {
                    *value = json!(format!("{unique} {role} {}", world.id("Task")));
                }
            }
            let answer = mutation.call(&asker, input).await;
            let codes = answer.each("/done/userErrors", "code");
            // What the row's state forbids is not for here.
            let passed = codes.iter().all(|code| code == "INVALID_STATE");
            assert!(passed, "{role}: {} {}", mutation.name, answer.text);
        }
    }
}

#[tokio::test]
async fn a_mutation_that_names_a_row_of_another_workspace_is_answered_as_for_one_that_does_not_exist() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let own = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let before = everything(&app).await;
    for mutation in &MUTATIONS {
        let asker = mutation.caller_elsewhere(&app);
        for (place, name) in mutation.references() {
            let mut input = mutation.input(|name| own.id(name).to_owned());
            *input.pointer_mut(&place).unwrap() = json!(world.id(&name));
            let known = mutation.call(&asker, input.clone()).await;
            *input.pointer_mut(&place).unwrap() = json!(nobodys_id(&name));
            let unknown = mutation.call(&asker, input).await;
            assert_eq!(known.text, unknown.text, "{} with a foreign {place}", mutation.name);
            let codes = known.each("/done/userErrors", "code");
            assert_eq!(codes, ["NOT_FOUND"], "{} with a foreign {place}", mutation.name);
        }
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn a_mutation_that_names_a_deleted_row_does_not_find_it() {
    let app = App::start().await;
    let own = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    for mutation in &MUTATIONS {
        for (place, name) in mutation.references() {
            let row = &own.rows[name.as_str()];
            app.execute(&format!("UPDATE core_api.{} SET deleted_at = now() WHERE pk = {}", row.table, row.pk)).await;
            let input = mutation.input(|name| own.id(name).to_owned());
            let answer = mutation.call(&mutation.caller_elsewhere(&app), input).await;
            let codes = answer.each("/done/userErrors", "code");
            let not_found = !codes.is_empty() && codes.iter().all(|code| code == "NOT_FOUND");
            assert!(not_found, "{} with a deleted {place}: {}", mutation.name, answer.text);
            app.execute(&format!("UPDATE core_api.{} SET deleted_at = NULL WHERE pk = {}", row.table, row.pk)).await;
        }
    }
}

//! Gathers what a judgement may look at: settings and lines from memory, people and query from the store.

use crate::app::engine::App;
use crate::decide::{Facts, QueryFacts};
use crate::model::answer::Answer;
use crate::model::ids::{OrganisationId, QueryId, TravellerRow, Version};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::model::traveller::Person;
use crate::settings::Settings;
use crate::store::StoreError;
use crate::store::snapshot::{ActiveSettings, Line, Snapshot, read_version};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The facts of one step, held together.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The settings version of the call.
    pub settings: Arc<ActiveSettings>,
    /// The line.
    pub line: Arc<Line>,
    /// The ONE number that travellers are told.
    pub emergency_number: PhoneNumber,
    /// The travellers of the call.
    pub people: Vec<Person>,
    /// The query of the call.
    pub query: Option<QueryFacts>,
    /// Does the line forward at once, and as which answer?
    pub inbound: Option<Answer>,
    /// Is the caller one of our own lines?
    pub caller_is_ours: bool,
    /// Meaning of the words, where it is given.
    pub words_mean: Option<Answer>,
    /// Can the step be stored?
    pub durable: bool,
    /// A fresh id.
    pub seed: uuid::Uuid,
}

impl Gathered {
    /// From memory alone: no people, no query.
    #[must_use]
    pub fn from_memory(app: &App, snapshot: &Snapshot, line: &Arc<Line>, settings: Arc<ActiveSettings>) -> Self {
        let organisation = line.organisation.as_ref().and_then(|id| snapshot.organisations.get(id));
        let emergency_number = organisation.and_then(|organisation| organisation.emergency_number());
        Self {
            settings,
            line: Arc::clone(line),
            emergency_number: emergency_number.unwrap_or_else(|| line.number.clone()),
            people: Vec::new(),
            query: None,
            inbound: line.inbound,
            caller_is_ours: false,
            words_mean: app.words_given.get(),
            durable: true,
            seed: app.ids.fresh(),
        }
    }

    /// As the judgement wants them.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            settings: &self.settings.settings,
            line_number: &self.line.number,
            emergency_number: &self.emergency_number,
            people: &self.people,
            query: self.query.as_ref(),
            capabilities: self.line.account.dialect.capabilities(),
            inbound: self.inbound,
            caller_is_ours: self.caller_is_ours,
            words_mean: self.words_mean,
            durable: self.durable,
            seed: self.seed,
        }
    }
}

impl App {
    /// A settings version of an organisation: from memory, else from the database (a late event of an old call).
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn settings_of(&self, organisation: &OrganisationId, version: Version) -> Result<Arc<ActiveSettings>, StoreError> {
        if let Some(known) = self.settings.now().settings(organisation, version) {
            return Ok(known);
        }
        let row = self.store.version(organisation, version).await?;
        let settings: Settings = read_version(&row.document, row.operations_centre.as_deref()).ok_or(StoreError::Corrupt)?;
        Ok(Arc::new(ActiveSettings { version, settings }))
    }

    /// The travellers of an organisation with this number, in the order of their rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn travellers_with_phone(
        &self,
        organisation: &OrganisationId,
        phone: Option<&PhoneNumber>,
    ) -> Result<Vec<Person>, StoreError> {
        let Some(phone) = phone else { return Ok(Vec::new()) };
        let rows = self.store.travellers_by_phone(organisation, phone).await?;
        self.people(&rows).await
    }

    /// The files of these travellers, in this order.
    ///
    /// # Errors
    /// The database's.
    pub async fn people(&self, rows: &[TravellerRow]) -> Result<Vec<Person>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.store.people(rows, self.clock.now()).await
    }

    /// What words need of a query: the incident in the language of the call, and whether it is an exercise.
    ///
    /// # Errors
    /// The database's.
    pub async fn query_facts(&self, query: Option<QueryId>, language: &LanguageTag) -> Result<Option<QueryFacts>, StoreError> {
        let Some(query) = query else { return Ok(None) };
        let row = self.store.query(query).await?;
        let texts: BTreeMap<String, String> = serde_json::from_str(&row.incident).unwrap_or_default();
        let incident = texts.get(language.as_str()).or_else(|| texts.get(language.primary())).cloned();
        Ok(Some(QueryFacts { incident, exercise: row.exercise }))
    }
}

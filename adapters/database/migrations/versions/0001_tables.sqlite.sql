CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    target TEXT NOT NULL,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_actor_seq ON audit (actor, seq);

CREATE INDEX ix_audit_target_seq ON audit (target, seq);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TABLE blobs (
    hash TEXT NOT NULL,
    content BLOB NOT NULL,
    size BIGINT NOT NULL,
    CONSTRAINT pk_blobs PRIMARY KEY (hash)
);

CREATE TRIGGER blobs_no_update BEFORE UPDATE ON blobs BEGIN SELECT RAISE(ABORT, 'blobs is append-only'); END;

CREATE TRIGGER blobs_no_delete BEFORE DELETE ON blobs BEGIN SELECT RAISE(ABORT, 'blobs is append-only'); END;

CREATE TABLE channel_rests (
    channel TEXT NOT NULL,
    failures BIGINT NOT NULL,
    until BIGINT NOT NULL,
    words TEXT NOT NULL,
    CONSTRAINT pk_channel_rests PRIMARY KEY (channel)
);

CREATE TABLE checkpoints (
    no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_checkpoints PRIMARY KEY (no)
);

CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;

CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;

CREATE TABLE counters (
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (name)
);

CREATE TABLE idempotency (
    "key" TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    response TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY ("key")
);

CREATE INDEX ix_idempotency_at ON idempotency (at);

CREATE TABLE people (
    id TEXT NOT NULL,
    jurisdiction TEXT,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT,
    phone TEXT NOT NULL,
    password_hash TEXT,
    active BOOLEAN NOT NULL,
    failed BIGINT NOT NULL,
    locked_until BIGINT,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_login UNIQUE (login)
);

CREATE INDEX ix_people_jurisdiction_name ON people (jurisdiction, name);

CREATE TABLE projects (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    facts TEXT NOT NULL,
    stage TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    code TEXT,
    CONSTRAINT pk_projects PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_projects_jurisdiction_code ON projects (jurisdiction, code);

CREATE INDEX ix_projects_jurisdiction_status_created_at_id ON projects (jurisdiction, status, created_at, id);

CREATE INDEX ix_projects_jurisdiction_unit_created_at_id ON projects (jurisdiction, unit, created_at, id);

CREATE TABLE settings (
    jurisdiction TEXT NOT NULL,
    id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    value TEXT,
    set_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_settings PRIMARY KEY (jurisdiction, id, seq)
);

CREATE TRIGGER settings_no_update BEFORE UPDATE ON settings BEGIN SELECT RAISE(ABORT, 'settings is append-only'); END;

CREATE TRIGGER settings_no_delete BEFORE DELETE ON settings BEGIN SELECT RAISE(ABORT, 'settings is append-only'); END;

CREATE TABLE units (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_units PRIMARY KEY (id)
);

CREATE INDEX ix_units_jurisdiction_name ON units (jurisdiction, name);

CREATE TABLE versions (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    published_by TEXT,
    published_at BIGINT,
    note TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    effective_on DATE,
    manifest TEXT NOT NULL,
    CONSTRAINT pk_versions PRIMARY KEY (id),
    CONSTRAINT ck_versions_status CHECK (status IN ('draft', 'published', 'withdrawn'))
);

CREATE INDEX ix_versions_jurisdiction_status_published_at ON versions (jurisdiction, status, published_at);

CREATE TABLE addresses (
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    daily BOOLEAN NOT NULL,
    CONSTRAINT pk_addresses PRIMARY KEY (person, channel),
    CONSTRAINT fk_addresses_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE TABLE cases (
    id TEXT NOT NULL,
    project TEXT,
    jurisdiction TEXT NOT NULL,
    version TEXT NOT NULL,
    procedure TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    state BLOB NOT NULL,
    state_hash TEXT NOT NULL,
    spec_hash TEXT NOT NULL,
    rev BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    opened_by TEXT NOT NULL,
    parent TEXT,
    round_key TEXT,
    facts TEXT NOT NULL,
    CONSTRAINT pk_cases PRIMARY KEY (id),
    CONSTRAINT ck_cases_status CHECK (status IN ('open', 'waiting', 'suspended', 'completed', 'terminated', 'incident')),
    CONSTRAINT fk_cases_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_cases_version FOREIGN KEY(version) REFERENCES versions (id),
    CONSTRAINT fk_cases_parent FOREIGN KEY(parent) REFERENCES cases (id),
    CONSTRAINT uq_cases_round_key UNIQUE (round_key)
);

CREATE INDEX ix_cases_jurisdiction_procedure_opened_at ON cases (jurisdiction, procedure, opened_at);

CREATE INDEX ix_cases_parent ON cases (parent);

CREATE INDEX ix_cases_project ON cases (project);

CREATE INDEX ix_cases_running ON cases (jurisdiction, status) WHERE status NOT IN ('completed', 'terminated');

CREATE TABLE credentials (
    person TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    earlier TEXT NOT NULL,
    CONSTRAINT pk_credentials PRIMARY KEY (person),
    CONSTRAINT fk_credentials_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE TABLE experts (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    person TEXT,
    name TEXT NOT NULL,
    employer TEXT NOT NULL,
    field TEXT NOT NULL,
    pool TEXT NOT NULL,
    since DATE,
    until DATE,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_experts PRIMARY KEY (id),
    CONSTRAINT fk_experts_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_experts_jurisdiction_pool_field ON experts (jurisdiction, pool, field);

CREATE INDEX ix_experts_person ON experts (person);

CREATE TABLE flags (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    CONSTRAINT pk_flags PRIMARY KEY (project, name),
    CONSTRAINT fk_flags_project FOREIGN KEY(project) REFERENCES projects (id)
)
 WITHOUT ROWID;

CREATE TABLE posts (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    office TEXT NOT NULL,
    unit TEXT,
    since DATE,
    until DATE,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT fk_posts_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_posts_jurisdiction_office_unit ON posts (jurisdiction, office, unit);

CREATE INDEX ix_posts_person ON posts (person);

CREATE TABLE rule_drafts (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    title TEXT NOT NULL,
    base TEXT,
    status TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    published TEXT,
    CONSTRAINT pk_rule_drafts PRIMARY KEY (id),
    CONSTRAINT ck_rule_drafts_status CHECK (status IN ('open', 'review', 'published', 'dropped')),
    CONSTRAINT fk_rule_drafts_base FOREIGN KEY(base) REFERENCES versions (id),
    CONSTRAINT fk_rule_drafts_published FOREIGN KEY(published) REFERENCES versions (id)
);

CREATE INDEX ix_rule_drafts_jurisdiction_status_changed_at ON rule_drafts (jurisdiction, status, changed_at);

CREATE TABLE sessions (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    born BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    address TEXT NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_sessions_person ON sessions (person);

CREATE INDEX ix_sessions_seen ON sessions (seen);

CREATE TABLE systems (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    project TEXT,
    unit TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    in_use_since DATE,
    planned_stop DATE,
    stopped_on DATE,
    facts TEXT NOT NULL,
    CONSTRAINT pk_systems PRIMARY KEY (id),
    CONSTRAINT fk_systems_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_systems_jurisdiction_status_planned_stop ON systems (jurisdiction, status, planned_stop);

CREATE INDEX ix_systems_jurisdiction_unit ON systems (jurisdiction, unit);

CREATE INDEX ix_systems_project ON systems (project);

CREATE TABLE amounts (
    project TEXT NOT NULL,
    kind TEXT NOT NULL,
    seq BIGINT NOT NULL,
    fen BIGINT NOT NULL,
    "case" TEXT,
    step TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_amounts PRIMARY KEY (project, kind, seq),
    CONSTRAINT fk_amounts_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_amounts_case FOREIGN KEY("case") REFERENCES cases (id)
)
 WITHOUT ROWID;

CREATE TRIGGER amounts_no_update BEFORE UPDATE ON amounts BEGIN SELECT RAISE(ABORT, 'amounts is append-only'); END;

CREATE TRIGGER amounts_no_delete BEFORE DELETE ON amounts BEGIN SELECT RAISE(ABORT, 'amounts is append-only'); END;

CREATE TABLE bans (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    clause TEXT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    reason TEXT NOT NULL,
    "case" TEXT,
    lifted_at BIGINT,
    CONSTRAINT pk_bans PRIMARY KEY (id),
    CONSTRAINT ck_bans_subject_kind CHECK (subject_kind IN ('project', 'unit', 'system')),
    CONSTRAINT fk_bans_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_bans_jurisdiction_subject_kind_subject_kind ON bans (jurisdiction, subject_kind, subject, kind);

CREATE TABLE batch_entries (
    batch TEXT NOT NULL,
    "case" TEXT NOT NULL,
    project TEXT NOT NULL,
    wait_task TEXT NOT NULL,
    rank BIGINT,
    units TEXT NOT NULL,
    outcome TEXT,
    fen BIGINT,
    per_step TEXT NOT NULL,
    delivered_at BIGINT,
    CONSTRAINT pk_batch_entries PRIMARY KEY (batch, "case"),
    CONSTRAINT fk_batch_entries_batch FOREIGN KEY(batch) REFERENCES cases (id),
    CONSTRAINT fk_batch_entries_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_batch_entries_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_batch_entries_case ON batch_entries ("case");

CREATE INDEX ix_batch_entries_open ON batch_entries (batch, rank) WHERE delivered_at IS NULL;

CREATE TABLE chases (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    "case" TEXT NOT NULL,
    project TEXT,
    item TEXT NOT NULL,
    title TEXT NOT NULL,
    office TEXT NOT NULL,
    unit TEXT,
    person TEXT,
    words TEXT NOT NULL,
    "by" TEXT NOT NULL,
    by_office TEXT NOT NULL,
    at BIGINT NOT NULL,
    due DATE,
    basis TEXT,
    reply TEXT,
    replied_by TEXT,
    replied_at BIGINT,
    CONSTRAINT pk_chases PRIMARY KEY (id),
    CONSTRAINT fk_chases_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_chases_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_chases_case ON chases ("case");

CREATE INDEX ix_chases_jurisdiction_at_id ON chases (jurisdiction, at, id);

CREATE INDEX ix_chases_open ON chases (due) WHERE due IS NOT NULL AND replied_at IS NULL;

CREATE TABLE decisions (
    "case" TEXT NOT NULL,
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    scope TEXT NOT NULL,
    activation TEXT NOT NULL,
    idx BIGINT,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    "row" TEXT,
    note TEXT,
    clauses TEXT NOT NULL,
    inputs TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_decisions PRIMARY KEY ("case", seq),
    CONSTRAINT fk_decisions_case FOREIGN KEY("case") REFERENCES cases (id)
)
 WITHOUT ROWID;

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;

CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;

CREATE TABLE entries (
    number TEXT NOT NULL,
    project TEXT NOT NULL,
    kind TEXT NOT NULL,
    day DATE NOT NULL,
    expires DATE,
    fen BIGINT,
    "case" TEXT,
    CONSTRAINT pk_entries PRIMARY KEY (number),
    CONSTRAINT fk_entries_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_entries_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_entries_project_kind ON entries (project, kind);

CREATE TABLE history (
    "case" TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    office TEXT,
    act TEXT NOT NULL,
    step TEXT,
    words TEXT NOT NULL,
    clauses TEXT NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT pk_history PRIMARY KEY ("case", seq),
    CONSTRAINT fk_history_case FOREIGN KEY("case") REFERENCES cases (id)
)
 WITHOUT ROWID;

CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;

CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;

CREATE TABLE incidents (
    id TEXT NOT NULL,
    jurisdiction TEXT,
    "case" TEXT,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    todo TEXT NOT NULL,
    detail TEXT NOT NULL,
    element TEXT,
    at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by TEXT,
    note TEXT NOT NULL,
    request TEXT,
    CONSTRAINT pk_incidents PRIMARY KEY (id),
    CONSTRAINT fk_incidents_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_incidents_case ON incidents ("case");

CREATE INDEX ix_incidents_open ON incidents (jurisdiction, at) WHERE resolved_at IS NULL;

CREATE TABLE notices (
    id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    kind TEXT NOT NULL,
    office TEXT,
    unit TEXT,
    person TEXT,
    words TEXT NOT NULL,
    clause TEXT,
    "case" TEXT,
    project TEXT,
    item TEXT,
    due DATE,
    at BIGINT NOT NULL,
    read_at BIGINT,
    read_by TEXT,
    detail TEXT NOT NULL,
    addressed BOOLEAN NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT uq_notices_key UNIQUE ("key"),
    CONSTRAINT fk_notices_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_notices_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_notices_case ON notices ("case");

CREATE INDEX ix_notices_jurisdiction_office_unit_at_id ON notices (jurisdiction, office, unit, at, id);

CREATE INDEX ix_notices_person_at_id ON notices (person, at, id);

CREATE INDEX ix_notices_project ON notices (project);

CREATE INDEX ix_notices_unaddressed ON notices (at, id) WHERE addressed = false;

CREATE TABLE overrides (
    id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    project TEXT,
    "case" TEXT,
    clause TEXT NOT NULL,
    reason TEXT NOT NULL,
    approver TEXT NOT NULL,
    office TEXT NOT NULL,
    day DATE NOT NULL,
    until DATE,
    recorded_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_overrides PRIMARY KEY (id),
    CONSTRAINT fk_overrides_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_overrides_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_overrides_case_clause ON overrides ("case", clause);

CREATE INDEX ix_overrides_jurisdiction_at ON overrides (jurisdiction, at);

CREATE INDEX ix_overrides_project_clause ON overrides (project, clause);

CREATE TRIGGER overrides_no_update BEFORE UPDATE ON overrides BEGIN SELECT RAISE(ABORT, 'overrides is append-only'); END;

CREATE TRIGGER overrides_no_delete BEFORE DELETE ON overrides BEGIN SELECT RAISE(ABORT, 'overrides is append-only'); END;

CREATE TABLE panels (
    "case" TEXT NOT NULL,
    scope TEXT NOT NULL,
    step TEXT NOT NULL,
    round BIGINT NOT NULL,
    pool_hash TEXT NOT NULL,
    pool TEXT NOT NULL,
    seed TEXT NOT NULL,
    drawn TEXT NOT NULL,
    named TEXT NOT NULL,
    excluded TEXT NOT NULL,
    "by" TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_panels PRIMARY KEY ("case", scope, step, round),
    CONSTRAINT fk_panels_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE TRIGGER panels_no_update BEFORE UPDATE ON panels BEGIN SELECT RAISE(ABORT, 'panels is append-only'); END;

CREATE TRIGGER panels_no_delete BEFORE DELETE ON panels BEGIN SELECT RAISE(ABORT, 'panels is append-only'); END;

CREATE TABLE rule_draft_files (
    draft TEXT NOT NULL,
    path TEXT NOT NULL,
    revision BIGINT NOT NULL,
    content BLOB,
    "by" TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_rule_draft_files PRIMARY KEY (draft, path, revision),
    CONSTRAINT fk_rule_draft_files_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE TABLE rule_draft_presence (
    draft TEXT NOT NULL,
    person TEXT NOT NULL,
    path TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_rule_draft_presence PRIMARY KEY (draft, person),
    CONSTRAINT fk_rule_draft_presence_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE TABLE rule_plays (
    id TEXT NOT NULL,
    draft TEXT NOT NULL,
    "by" TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    story TEXT NOT NULL,
    CONSTRAINT pk_rule_plays PRIMARY KEY (id),
    CONSTRAINT fk_rule_plays_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_plays_draft_begun_at ON rule_plays (draft, begun_at);

CREATE TABLE rule_reviews (
    id TEXT NOT NULL,
    draft TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    effective_on DATE NOT NULL,
    submitted_by TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    state BLOB NOT NULL,
    process BLOB NOT NULL,
    status TEXT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    opinion TEXT NOT NULL,
    CONSTRAINT pk_rule_reviews PRIMARY KEY (id),
    CONSTRAINT ck_rule_reviews_status CHECK (status IN ('open', 'published', 'returned', 'withdrawn')),
    CONSTRAINT fk_rule_reviews_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_reviews_draft_submitted_at ON rule_reviews (draft, submitted_at);

CREATE INDEX ix_rule_reviews_status ON rule_reviews (status);

CREATE TABLE rule_runs (
    id TEXT NOT NULL,
    draft TEXT NOT NULL,
    digest TEXT NOT NULL,
    "by" TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    ended_at BIGINT,
    fault TEXT NOT NULL,
    result TEXT,
    CONSTRAINT pk_rule_runs PRIMARY KEY (id),
    CONSTRAINT fk_rule_runs_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_runs_draft_begun_at ON rule_runs (draft, begun_at);

CREATE TABLE timers (
    "case" TEXT NOT NULL,
    task TEXT NOT NULL,
    step TEXT NOT NULL,
    scope TEXT NOT NULL,
    host TEXT,
    fires_at BIGINT NOT NULL,
    due DATE,
    expression TEXT NOT NULL,
    basis TEXT,
    clauses TEXT NOT NULL,
    status TEXT NOT NULL,
    CONSTRAINT pk_timers PRIMARY KEY ("case", task),
    CONSTRAINT ck_timers_status CHECK (status IN ('wait', 'held', 'fired', 'cancelled')),
    CONSTRAINT fk_timers_case FOREIGN KEY("case") REFERENCES cases (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_timers_due ON timers (fires_at, "case") WHERE status = 'wait';

CREATE TABLE waits (
    "case" TEXT NOT NULL,
    task TEXT NOT NULL,
    project TEXT,
    jurisdiction TEXT NOT NULL,
    step TEXT NOT NULL,
    scope TEXT NOT NULL,
    message TEXT NOT NULL,
    since BIGINT NOT NULL,
    status TEXT NOT NULL,
    CONSTRAINT pk_waits PRIMARY KEY ("case", task),
    CONSTRAINT ck_waits_status CHECK (status IN ('open', 'delivered', 'cancelled')),
    CONSTRAINT fk_waits_case FOREIGN KEY("case") REFERENCES cases (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_waits_message ON waits (jurisdiction, message, since, "case") WHERE status = 'open';

CREATE INDEX ix_waits_project ON waits (project, message) WHERE status = 'open';

CREATE TABLE work_items (
    id TEXT NOT NULL,
    "case" TEXT NOT NULL,
    project TEXT,
    jurisdiction TEXT NOT NULL,
    task TEXT NOT NULL,
    step TEXT NOT NULL,
    scope TEXT NOT NULL,
    activation TEXT NOT NULL,
    idx BIGINT,
    office TEXT NOT NULL,
    unit TEXT,
    person TEXT,
    form TEXT,
    title TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    due DATE,
    urgency DATE NOT NULL,
    basis TEXT,
    status TEXT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT,
    claimed_by TEXT,
    CONSTRAINT pk_work_items PRIMARY KEY (id),
    CONSTRAINT ck_work_items_status CHECK (status IN ('open', 'done', 'cancelled', 'withdrawn')),
    CONSTRAINT uq_work_items_case_task UNIQUE ("case", task),
    CONSTRAINT fk_work_items_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_work_items_done ON work_items (closed_by, closed_at, id) WHERE status = 'done';

CREATE INDEX ix_work_items_due ON work_items (urgency, id) WHERE status = 'open';

CREATE INDEX ix_work_items_office ON work_items (jurisdiction, office, unit, urgency, opened_at, id) WHERE status = 'open' AND person IS NULL;

CREATE INDEX ix_work_items_person ON work_items (person, urgency, opened_at, id) WHERE status = 'open' AND person IS NOT NULL;

CREATE TABLE attachments (
    id TEXT NOT NULL,
    "case" TEXT NOT NULL,
    project TEXT,
    item TEXT,
    step TEXT NOT NULL,
    material TEXT,
    name TEXT NOT NULL,
    media TEXT NOT NULL,
    size BIGINT NOT NULL,
    sm3 TEXT NOT NULL,
    stored TEXT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    withdrawn_at BIGINT,
    CONSTRAINT pk_attachments PRIMARY KEY (id),
    CONSTRAINT fk_attachments_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_attachments_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE INDEX ix_attachments_case_step_material ON attachments ("case", step, material);

CREATE INDEX ix_attachments_item ON attachments (item);

CREATE INDEX ix_attachments_project ON attachments (project);

CREATE TABLE deliveries (
    notice TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    fence BIGINT NOT NULL,
    sent_at BIGINT,
    CONSTRAINT pk_deliveries PRIMARY KEY (notice, channel, recipient),
    CONSTRAINT ck_deliveries_status CHECK (status IN ('pending', 'sent', 'dead')),
    CONSTRAINT fk_deliveries_notice FOREIGN KEY(notice) REFERENCES notices (id)
);

CREATE INDEX ix_deliveries_next ON deliveries (next_at, notice) WHERE status = 'pending';

CREATE TABLE drafts (
    item TEXT NOT NULL,
    person TEXT NOT NULL,
    answers TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_drafts PRIMARY KEY (item, person),
    CONSTRAINT fk_drafts_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE TABLE submissions (
    id TEXT NOT NULL,
    "case" TEXT NOT NULL,
    item TEXT,
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    scope TEXT NOT NULL,
    activation TEXT NOT NULL,
    idx BIGINT,
    person TEXT NOT NULL,
    office TEXT NOT NULL,
    unit TEXT,
    answers TEXT NOT NULL,
    outcome TEXT,
    opinion TEXT,
    signature TEXT,
    form_version TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_submissions PRIMARY KEY (id),
    CONSTRAINT fk_submissions_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_submissions_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE UNIQUE INDEX ix_submissions_case_seq ON submissions ("case", seq);

CREATE INDEX ix_submissions_item ON submissions (item);

CREATE TRIGGER submissions_no_update BEFORE UPDATE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions is append-only'); END;

CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions is append-only'); END;

CREATE TABLE anonymised (
    submission TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    CONSTRAINT pk_anonymised PRIMARY KEY (submission),
    CONSTRAINT fk_anonymised_submission FOREIGN KEY(submission) REFERENCES submissions (id)
);

CREATE TRIGGER anonymised_no_update BEFORE UPDATE ON anonymised BEGIN SELECT RAISE(ABORT, 'anonymised is append-only'); END;

CREATE TRIGGER anonymised_no_delete BEFORE DELETE ON anonymised BEGIN SELECT RAISE(ABORT, 'anonymised is append-only'); END;


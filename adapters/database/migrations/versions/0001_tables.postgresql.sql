CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR COLLATE "C" NOT NULL,
    act VARCHAR COLLATE "C" NOT NULL,
    target VARCHAR COLLATE "C" NOT NULL,
    version VARCHAR COLLATE "C" NOT NULL,
    body VARCHAR COLLATE "C" NOT NULL,
    prev VARCHAR COLLATE "C" NOT NULL,
    hash VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_actor_seq ON audit (actor, seq);

CREATE INDEX ix_audit_target_seq ON audit (target, seq);

CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE blobs (
    hash VARCHAR COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    size BIGINT NOT NULL,
    CONSTRAINT pk_blobs PRIMARY KEY (hash)
);

CREATE TRIGGER blobs_append_only BEFORE UPDATE OR DELETE ON blobs FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER blobs_no_truncate BEFORE TRUNCATE ON blobs FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE channel_rests (
    channel VARCHAR COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    words VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_channel_rests PRIMARY KEY (channel)
);

CREATE TABLE checkpoints (
    no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_checkpoints PRIMARY KEY (no)
);

CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE counters (
    name VARCHAR COLLATE "C" NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (name)
);

CREATE TABLE idempotency (
    key VARCHAR COLLATE "C" NOT NULL,
    request_hash VARCHAR COLLATE "C" NOT NULL,
    response TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (key)
);

CREATE INDEX ix_idempotency_at ON idempotency (at);

CREATE TABLE people (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C",
    login VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C",
    phone VARCHAR COLLATE "C" NOT NULL,
    password_hash VARCHAR COLLATE "C",
    active BOOLEAN NOT NULL,
    failed BIGINT NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_login UNIQUE (login)
);

CREATE INDEX ix_people_jurisdiction_name ON people (jurisdiction, name);

CREATE TABLE projects (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C" NOT NULL,
    facts TEXT NOT NULL,
    stage VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    code VARCHAR COLLATE "C",
    CONSTRAINT pk_projects PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_projects_jurisdiction_code ON projects (jurisdiction, code);

CREATE INDEX ix_projects_jurisdiction_status_created_at_id ON projects (jurisdiction, status, created_at, id);

CREATE INDEX ix_projects_jurisdiction_unit_created_at_id ON projects (jurisdiction, unit, created_at, id);

CREATE TABLE settings (
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    id VARCHAR COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    value TEXT,
    set_by VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_settings PRIMARY KEY (jurisdiction, id, seq)
);

CREATE TRIGGER settings_append_only BEFORE UPDATE OR DELETE ON settings FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER settings_no_truncate BEFORE TRUNCATE ON settings FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE units (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_units PRIMARY KEY (id)
);

CREATE INDEX ix_units_jurisdiction_name ON units (jurisdiction, name);

CREATE TABLE versions (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    created_by VARCHAR COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by VARCHAR COLLATE "C",
    published_at TIMESTAMP WITH TIME ZONE,
    note VARCHAR COLLATE "C" NOT NULL,
    legal_basis VARCHAR COLLATE "C" NOT NULL,
    effective_on DATE,
    manifest TEXT NOT NULL,
    CONSTRAINT pk_versions PRIMARY KEY (id),
    CONSTRAINT ck_versions_status CHECK (status IN ('draft', 'published', 'withdrawn'))
);

CREATE INDEX ix_versions_jurisdiction_status_published_at ON versions (jurisdiction, status, published_at);

CREATE TABLE addresses (
    person VARCHAR COLLATE "C" NOT NULL,
    channel VARCHAR COLLATE "C" NOT NULL,
    address VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    daily BOOLEAN NOT NULL,
    CONSTRAINT pk_addresses PRIMARY KEY (person, channel),
    CONSTRAINT fk_addresses_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE TABLE cases (
    id VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    version VARCHAR COLLATE "C" NOT NULL,
    procedure VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    title VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    state BYTEA NOT NULL,
    state_hash VARCHAR COLLATE "C" NOT NULL,
    spec_hash VARCHAR COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    opened_by VARCHAR COLLATE "C" NOT NULL,
    parent VARCHAR COLLATE "C",
    round_key VARCHAR COLLATE "C",
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
    person VARCHAR COLLATE "C" NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    earlier TEXT NOT NULL,
    CONSTRAINT pk_credentials PRIMARY KEY (person),
    CONSTRAINT fk_credentials_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE TABLE experts (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    person VARCHAR COLLATE "C",
    name VARCHAR COLLATE "C" NOT NULL,
    employer VARCHAR COLLATE "C" NOT NULL,
    field VARCHAR COLLATE "C" NOT NULL,
    pool VARCHAR COLLATE "C" NOT NULL,
    since DATE,
    until DATE,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_experts PRIMARY KEY (id),
    CONSTRAINT fk_experts_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_experts_jurisdiction_pool_field ON experts (jurisdiction, pool, field);

CREATE INDEX ix_experts_person ON experts (person);

CREATE TABLE flags (
    project VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    value TEXT,
    CONSTRAINT pk_flags PRIMARY KEY (project, name),
    CONSTRAINT fk_flags_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE TABLE posts (
    id VARCHAR COLLATE "C" NOT NULL,
    person VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C",
    since DATE,
    until DATE,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT fk_posts_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_posts_jurisdiction_office_unit ON posts (jurisdiction, office, unit);

CREATE INDEX ix_posts_person ON posts (person);

CREATE TABLE rule_drafts (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    title VARCHAR COLLATE "C" NOT NULL,
    base VARCHAR COLLATE "C",
    status VARCHAR COLLATE "C" NOT NULL,
    opened_by VARCHAR COLLATE "C" NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published VARCHAR COLLATE "C",
    CONSTRAINT pk_rule_drafts PRIMARY KEY (id),
    CONSTRAINT ck_rule_drafts_status CHECK (status IN ('open', 'review', 'published', 'dropped')),
    CONSTRAINT fk_rule_drafts_base FOREIGN KEY(base) REFERENCES versions (id),
    CONSTRAINT fk_rule_drafts_published FOREIGN KEY(published) REFERENCES versions (id)
);

CREATE INDEX ix_rule_drafts_jurisdiction_status_changed_at ON rule_drafts (jurisdiction, status, changed_at);

CREATE TABLE sessions (
    id VARCHAR COLLATE "C" NOT NULL,
    person VARCHAR COLLATE "C" NOT NULL,
    born TIMESTAMP WITH TIME ZONE NOT NULL,
    seen TIMESTAMP WITH TIME ZONE NOT NULL,
    address VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_person FOREIGN KEY(person) REFERENCES people (id)
);

CREATE INDEX ix_sessions_person ON sessions (person);

CREATE INDEX ix_sessions_seen ON sessions (seen);

CREATE TABLE systems (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    unit VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
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
    project VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    fen BIGINT NOT NULL,
    "case" VARCHAR COLLATE "C",
    step VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_amounts PRIMARY KEY (project, kind, seq),
    CONSTRAINT fk_amounts_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_amounts_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE TRIGGER amounts_append_only BEFORE UPDATE OR DELETE ON amounts FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER amounts_no_truncate BEFORE TRUNCATE ON amounts FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE bans (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    subject_kind VARCHAR COLLATE "C" NOT NULL,
    subject VARCHAR COLLATE "C" NOT NULL,
    clause VARCHAR COLLATE "C" NOT NULL,
    since DATE NOT NULL,
    until DATE,
    reason VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C",
    lifted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bans PRIMARY KEY (id),
    CONSTRAINT ck_bans_subject_kind CHECK (subject_kind IN ('project', 'unit', 'system')),
    CONSTRAINT fk_bans_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_bans_jurisdiction_subject_kind_subject_kind ON bans (jurisdiction, subject_kind, subject, kind);

CREATE TABLE batch_entries (
    batch VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C" NOT NULL,
    wait_task VARCHAR COLLATE "C" NOT NULL,
    rank BIGINT,
    units TEXT NOT NULL,
    outcome VARCHAR COLLATE "C",
    fen BIGINT,
    per_step TEXT NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_batch_entries PRIMARY KEY (batch, "case"),
    CONSTRAINT fk_batch_entries_batch FOREIGN KEY(batch) REFERENCES cases (id),
    CONSTRAINT fk_batch_entries_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_batch_entries_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_batch_entries_case ON batch_entries ("case");

CREATE INDEX ix_batch_entries_open ON batch_entries (batch, rank) WHERE delivered_at IS NULL;

CREATE TABLE chases (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    item VARCHAR COLLATE "C" NOT NULL,
    title VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C",
    person VARCHAR COLLATE "C",
    words VARCHAR COLLATE "C" NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    by_office VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    due DATE,
    basis TEXT,
    reply VARCHAR COLLATE "C",
    replied_by VARCHAR COLLATE "C",
    replied_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_chases PRIMARY KEY (id),
    CONSTRAINT fk_chases_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_chases_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_chases_case ON chases ("case");

CREATE INDEX ix_chases_jurisdiction_at_id ON chases (jurisdiction, at, id);

CREATE INDEX ix_chases_open ON chases (due) WHERE due IS NOT NULL AND replied_at IS NULL;

CREATE TABLE decisions (
    "case" VARCHAR COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    activation VARCHAR COLLATE "C" NOT NULL,
    idx BIGINT,
    kind VARCHAR COLLATE "C" NOT NULL,
    outcome VARCHAR COLLATE "C" NOT NULL,
    row VARCHAR COLLATE "C",
    note VARCHAR COLLATE "C",
    clauses TEXT NOT NULL,
    inputs TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decisions PRIMARY KEY ("case", seq),
    CONSTRAINT fk_decisions_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER decisions_no_truncate BEFORE TRUNCATE ON decisions FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE entries (
    number VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    day DATE NOT NULL,
    expires DATE,
    fen BIGINT,
    "case" VARCHAR COLLATE "C",
    CONSTRAINT pk_entries PRIMARY KEY (number),
    CONSTRAINT fk_entries_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_entries_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_entries_project_kind ON entries (project, kind);

CREATE TABLE history (
    "case" VARCHAR COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C",
    act VARCHAR COLLATE "C" NOT NULL,
    step VARCHAR COLLATE "C",
    words VARCHAR COLLATE "C" NOT NULL,
    clauses TEXT NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT pk_history PRIMARY KEY ("case", seq),
    CONSTRAINT fk_history_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE ON history FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE incidents (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C",
    "case" VARCHAR COLLATE "C",
    kind VARCHAR COLLATE "C" NOT NULL,
    cause VARCHAR COLLATE "C" NOT NULL,
    todo VARCHAR COLLATE "C" NOT NULL,
    detail VARCHAR COLLATE "C" NOT NULL,
    element VARCHAR COLLATE "C",
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by VARCHAR COLLATE "C",
    note VARCHAR COLLATE "C" NOT NULL,
    request TEXT,
    CONSTRAINT pk_incidents PRIMARY KEY (id),
    CONSTRAINT fk_incidents_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_incidents_case ON incidents ("case");

CREATE INDEX ix_incidents_open ON incidents (jurisdiction, at) WHERE resolved_at IS NULL;

CREATE TABLE notices (
    id VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C",
    unit VARCHAR COLLATE "C",
    person VARCHAR COLLATE "C",
    words VARCHAR COLLATE "C" NOT NULL,
    clause VARCHAR COLLATE "C",
    "case" VARCHAR COLLATE "C",
    project VARCHAR COLLATE "C",
    item VARCHAR COLLATE "C",
    due DATE,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    read_by VARCHAR COLLATE "C",
    detail TEXT NOT NULL,
    addressed BOOLEAN NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT uq_notices_key UNIQUE (key),
    CONSTRAINT fk_notices_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_notices_project FOREIGN KEY(project) REFERENCES projects (id)
);

CREATE INDEX ix_notices_case ON notices ("case");

CREATE INDEX ix_notices_jurisdiction_office_unit_at_id ON notices (jurisdiction, office, unit, at, id);

CREATE INDEX ix_notices_person_at_id ON notices (person, at, id);

CREATE INDEX ix_notices_project ON notices (project);

CREATE INDEX ix_notices_unaddressed ON notices (at, id) WHERE addressed = false;

CREATE TABLE overrides (
    id VARCHAR COLLATE "C" NOT NULL,
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    "case" VARCHAR COLLATE "C",
    clause VARCHAR COLLATE "C" NOT NULL,
    reason VARCHAR COLLATE "C" NOT NULL,
    approver VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C" NOT NULL,
    day DATE NOT NULL,
    until DATE,
    recorded_by VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_overrides PRIMARY KEY (id),
    CONSTRAINT fk_overrides_project FOREIGN KEY(project) REFERENCES projects (id),
    CONSTRAINT fk_overrides_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_overrides_case_clause ON overrides ("case", clause);

CREATE INDEX ix_overrides_jurisdiction_at ON overrides (jurisdiction, at);

CREATE INDEX ix_overrides_project_clause ON overrides (project, clause);

CREATE TRIGGER overrides_append_only BEFORE UPDATE OR DELETE ON overrides FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER overrides_no_truncate BEFORE TRUNCATE ON overrides FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE panels (
    "case" VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    round BIGINT NOT NULL,
    pool_hash VARCHAR COLLATE "C" NOT NULL,
    pool TEXT NOT NULL,
    seed VARCHAR COLLATE "C" NOT NULL,
    drawn TEXT NOT NULL,
    named TEXT NOT NULL,
    excluded TEXT NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_panels PRIMARY KEY ("case", scope, step, round),
    CONSTRAINT fk_panels_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE TRIGGER panels_append_only BEFORE UPDATE OR DELETE ON panels FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER panels_no_truncate BEFORE TRUNCATE ON panels FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE rule_draft_files (
    draft VARCHAR COLLATE "C" NOT NULL,
    path VARCHAR COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    content BYTEA,
    by VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rule_draft_files PRIMARY KEY (draft, path, revision),
    CONSTRAINT fk_rule_draft_files_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE TABLE rule_draft_presence (
    draft VARCHAR COLLATE "C" NOT NULL,
    person VARCHAR COLLATE "C" NOT NULL,
    path VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rule_draft_presence PRIMARY KEY (draft, person),
    CONSTRAINT fk_rule_draft_presence_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE TABLE rule_plays (
    id VARCHAR COLLATE "C" NOT NULL,
    draft VARCHAR COLLATE "C" NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    story TEXT NOT NULL,
    CONSTRAINT pk_rule_plays PRIMARY KEY (id),
    CONSTRAINT fk_rule_plays_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_plays_draft_begun_at ON rule_plays (draft, begun_at);

CREATE TABLE rule_reviews (
    id VARCHAR COLLATE "C" NOT NULL,
    draft VARCHAR COLLATE "C" NOT NULL,
    digest VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    note VARCHAR COLLATE "C" NOT NULL,
    legal_basis VARCHAR COLLATE "C" NOT NULL,
    effective_on DATE NOT NULL,
    submitted_by VARCHAR COLLATE "C" NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state BYTEA NOT NULL,
    process BYTEA NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    decided_by VARCHAR COLLATE "C",
    decided_at TIMESTAMP WITH TIME ZONE,
    opinion VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_rule_reviews PRIMARY KEY (id),
    CONSTRAINT ck_rule_reviews_status CHECK (status IN ('open', 'published', 'returned', 'withdrawn')),
    CONSTRAINT fk_rule_reviews_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_reviews_draft_submitted_at ON rule_reviews (draft, submitted_at);

CREATE INDEX ix_rule_reviews_status ON rule_reviews (status);

CREATE TABLE rule_runs (
    id VARCHAR COLLATE "C" NOT NULL,
    draft VARCHAR COLLATE "C" NOT NULL,
    digest VARCHAR COLLATE "C" NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    fault VARCHAR COLLATE "C" NOT NULL,
    result TEXT,
    CONSTRAINT pk_rule_runs PRIMARY KEY (id),
    CONSTRAINT fk_rule_runs_draft FOREIGN KEY(draft) REFERENCES rule_drafts (id)
);

CREATE INDEX ix_rule_runs_draft_begun_at ON rule_runs (draft, begun_at);

CREATE TABLE timers (
    "case" VARCHAR COLLATE "C" NOT NULL,
    task VARCHAR COLLATE "C" NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    host VARCHAR COLLATE "C",
    fires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due DATE,
    expression VARCHAR COLLATE "C" NOT NULL,
    basis TEXT,
    clauses TEXT NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_timers PRIMARY KEY ("case", task),
    CONSTRAINT ck_timers_status CHECK (status IN ('wait', 'held', 'fired', 'cancelled')),
    CONSTRAINT fk_timers_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_timers_due ON timers (fires_at, "case") WHERE status = 'wait';

CREATE TABLE waits (
    "case" VARCHAR COLLATE "C" NOT NULL,
    task VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    message VARCHAR COLLATE "C" NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_waits PRIMARY KEY ("case", task),
    CONSTRAINT ck_waits_status CHECK (status IN ('open', 'delivered', 'cancelled')),
    CONSTRAINT fk_waits_case FOREIGN KEY("case") REFERENCES cases (id)
);

CREATE INDEX ix_waits_message ON waits (jurisdiction, message, since, "case") WHERE status = 'open';

CREATE INDEX ix_waits_project ON waits (project, message) WHERE status = 'open';

CREATE TABLE work_items (
    id VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    jurisdiction VARCHAR COLLATE "C" NOT NULL,
    task VARCHAR COLLATE "C" NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    activation VARCHAR COLLATE "C" NOT NULL,
    idx BIGINT,
    office VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C",
    person VARCHAR COLLATE "C",
    form VARCHAR COLLATE "C",
    title VARCHAR COLLATE "C" NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due DATE,
    urgency DATE NOT NULL,
    basis TEXT,
    status VARCHAR COLLATE "C" NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by VARCHAR COLLATE "C",
    claimed_by VARCHAR COLLATE "C",
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
    id VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C" NOT NULL,
    project VARCHAR COLLATE "C",
    item VARCHAR COLLATE "C",
    step VARCHAR COLLATE "C" NOT NULL,
    material VARCHAR COLLATE "C",
    name VARCHAR COLLATE "C" NOT NULL,
    media VARCHAR COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    sm3 VARCHAR COLLATE "C" NOT NULL,
    stored VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    private BOOLEAN NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_attachments PRIMARY KEY (id),
    CONSTRAINT fk_attachments_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_attachments_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE INDEX ix_attachments_case_step_material ON attachments ("case", step, material);

CREATE INDEX ix_attachments_item ON attachments (item);

CREATE INDEX ix_attachments_project ON attachments (project);

CREATE TABLE deliveries (
    notice VARCHAR COLLATE "C" NOT NULL,
    channel VARCHAR COLLATE "C" NOT NULL,
    recipient VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_error VARCHAR COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_deliveries PRIMARY KEY (notice, channel, recipient),
    CONSTRAINT ck_deliveries_status CHECK (status IN ('pending', 'sent', 'dead')),
    CONSTRAINT fk_deliveries_notice FOREIGN KEY(notice) REFERENCES notices (id)
);

CREATE INDEX ix_deliveries_next ON deliveries (next_at, notice) WHERE status = 'pending';

CREATE TABLE drafts (
    item VARCHAR COLLATE "C" NOT NULL,
    person VARCHAR COLLATE "C" NOT NULL,
    answers TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_drafts PRIMARY KEY (item, person),
    CONSTRAINT fk_drafts_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE TABLE submissions (
    id VARCHAR COLLATE "C" NOT NULL,
    "case" VARCHAR COLLATE "C" NOT NULL,
    item VARCHAR COLLATE "C",
    seq BIGINT NOT NULL,
    step VARCHAR COLLATE "C" NOT NULL,
    scope VARCHAR COLLATE "C" NOT NULL,
    activation VARCHAR COLLATE "C" NOT NULL,
    idx BIGINT,
    person VARCHAR COLLATE "C" NOT NULL,
    office VARCHAR COLLATE "C" NOT NULL,
    unit VARCHAR COLLATE "C",
    answers TEXT NOT NULL,
    outcome VARCHAR COLLATE "C",
    opinion VARCHAR COLLATE "C",
    signature VARCHAR COLLATE "C",
    form_version VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_submissions PRIMARY KEY (id),
    CONSTRAINT fk_submissions_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_submissions_item FOREIGN KEY(item) REFERENCES work_items (id)
);

CREATE UNIQUE INDEX ix_submissions_case_seq ON submissions ("case", seq);

CREATE INDEX ix_submissions_item ON submissions (item);

CREATE TRIGGER submissions_append_only BEFORE UPDATE OR DELETE ON submissions FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER submissions_no_truncate BEFORE TRUNCATE ON submissions FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE anonymised (
    submission VARCHAR COLLATE "C" NOT NULL,
    text VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_anonymised PRIMARY KEY (submission),
    CONSTRAINT fk_anonymised_submission FOREIGN KEY(submission) REFERENCES submissions (id)
);

CREATE TRIGGER anonymised_append_only BEFORE UPDATE OR DELETE ON anonymised FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER anonymised_no_truncate BEFORE TRUNCATE ON anonymised FOR EACH STATEMENT EXECUTE FUNCTION append_only();


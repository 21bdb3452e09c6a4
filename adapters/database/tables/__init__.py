"""Every table, as the frozen row it keeps."""

from adapters.database.tables.audit import AuditRecord, Checkpoint
from adapters.database.tables.authoring import RuleDraft, RuleDraftFile, RuleDraftPresence, RulePlay, RuleReview, RuleRun
from adapters.database.tables.cases import (
    BatchEntry,
    Case,
    CaseStatus,
    Draft,
    ItemStatus,
    Panel,
    Timer,
    TimerStatus,
    Wait,
    WaitStatus,
    WorkItem,
)
from adapters.database.tables.notices import Address, ChannelRest, Chase, Delivery, DeliveryStatus, Notice
from adapters.database.tables.people import Expert, Person, PostRow, UnitRow
from adapters.database.tables.projects import Amount, Ban, Counter, Entry, Flag, OverrideRow, Project, SubjectKind, System
from adapters.database.tables.records import Anonymised, Answered, Attachment, Decision, DecisionKind, HistoryLine, Incident, Submission
from adapters.database.tables.rules import Blob, SettingValue, Version, VersionStatus
from adapters.database.tables.sessions import Credential, Session

__all__ = [
    "Address",
    "Amount",
    "Anonymised",
    "Answered",
    "Attachment",
    "AuditRecord",
    "Ban",
    "BatchEntry",
    "Blob",
    "Case",
    "CaseStatus",
    "ChannelRest",
    "Chase",
    "Checkpoint",
    "Counter",
    "Credential",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryStatus",
    "Draft",
    "Entry",
    "Expert",
    "Flag",
    "HistoryLine",
    "Incident",
    "ItemStatus",
    "Notice",
    "OverrideRow",
    "Panel",
    "Person",
    "PostRow",
    "Project",
    "RuleDraft",
    "RuleDraftFile",
    "RuleDraftPresence",
    "RulePlay",
    "RuleReview",
    "RuleRun",
    "Session",
    "SettingValue",
    "SubjectKind",
    "Submission",
    "System",
    "Timer",
    "TimerStatus",
    "UnitRow",
    "Version",
    "VersionStatus",
    "Wait",
    "WaitStatus",
    "WorkItem",
]

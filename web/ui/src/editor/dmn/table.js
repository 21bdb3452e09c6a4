// The parts of dmn-js that our tables need: no decision graph, no FEEL wizards (cells use our own short notation).
import addRule from 'dmn-js-decision-table/lib/features/add-rule';
import annotations from 'dmn-js-decision-table/lib/features/annotations/editor';
import annotationsView from 'dmn-js-decision-table/lib/features/annotations';
import cellSelection from 'dmn-js-decision-table/lib/features/cell-selection';
import columnResize from 'dmn-js-decision-table/lib/features/column-resize';
import contextMenu from 'dmn-js-decision-table/lib/features/context-menu';
import copyCutPaste from 'dmn-js-decision-table/lib/features/copy-cut-paste';
import copyCutPasteKeys from 'dmn-js-decision-table/lib/features/copy-cut-paste/key-bindings';
import core from 'dmn-js-decision-table/lib/core';
import createInputs from 'dmn-js-decision-table/lib/features/create-inputs';
import dragAndDrop from 'dmn-js-decision-table/lib/features/drag-and-drop';
import editorActions from 'dmn-js-decision-table/lib/features/editor-actions';
import head from 'dmn-js-decision-table/lib/features/decision-table-head';
import headEditor from 'dmn-js-decision-table/lib/features/decision-table-head/editor';
import hitPolicy from 'dmn-js-decision-table/lib/features/hit-policy';
import hitPolicyEditor from 'dmn-js-decision-table/lib/features/hit-policy/editor';
import { HIT_POLICIES } from 'dmn-js-decision-table/lib/features/hit-policy/HitPolicies';
import keyboard from 'dmn-js-decision-table/lib/features/keyboard';
import modeling from 'dmn-js-decision-table/lib/features/modeling';
import properties from 'dmn-js-decision-table/lib/features/decision-table-properties';
import propertiesEditor from 'dmn-js-decision-table/lib/features/decision-table-properties/editor';
import ruleIndices from 'dmn-js-decision-table/lib/features/decision-rule-indices';
import rules from 'dmn-js-decision-table/lib/features/decision-rules';
import rulesEditor from 'dmn-js-decision-table/lib/features/decision-rules/editor';
import Viewer from 'dmn-js-decision-table/lib/Viewer';
import dataTypes from 'dmn-js-shared/lib/features/data-types';
import expressionLanguages from 'dmn-js-shared/lib/features/expression-languages';
import feelContext from 'dmn-js-shared/lib/features/feel-language-context';
import EditingManager from 'dmn-js-shared/lib/base/EditingManager';
import { is } from 'dmn-js-shared/lib/util/ModelUtil';
import tableActions from 'table-js/lib/features/editor-actions';
import tableMenu from 'table-js/lib/features/context-menu';
import events from 'table-js/lib/features/interaction-events';
import selection from 'table-js/lib/features/selection';

const MODULES = [
  annotationsView, core, head, properties, ruleIndices, rules, hitPolicy, addRule, annotations, cellSelection, tableMenu, copyCutPaste, copyCutPasteKeys, createInputs, dataTypes,
  contextMenu, editorActions, headEditor, columnResize, dragAndDrop, expressionLanguages, feelContext, keyboard, propertiesEditor, tableActions, hitPolicyEditor, events, modeling,
  rulesEditor, selection,
];

class TableEditor extends Viewer {
  getModules() {
    return MODULES;
  }
}

export class Tables extends EditingManager {
  _getViewProviders() {
    return [{ id: 'decisionTable', constructor: TableEditor, opens: (element) => is(element, 'dmn:Decision') && is(element.decisionLogic, 'dmn:DecisionTable') }];
  }
}

const OURS = HIT_POLICIES.filter(({ label }) => label === 'Unique' || label === 'Collect');
const ALL = [...HIT_POLICIES];
/** Offers the policies that the check accepts; a file that says something else still opens. */
export const offerPolicies = (xml) => HIT_POLICIES.splice(0, HIT_POLICIES.length, ...(/hitPolicy="(?!UNIQUE|COLLECT)|aggregation=/.test(xml) ? ALL : OURS));

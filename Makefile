# 联审: `make help` lists the targets. Everything runs in .venv; `make setup` builds it from requirements.lock.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
JOBS ?= 2
.DEFAULT_GOAL := help
.PHONY: help setup run lint test check prove bench lock

help:  ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready  ## 建立 .venv（以 root 运行时一并安装缺少的 Debian 软件包）

.venv/.ready: requirements.lock pyproject.toml .ci/setup .ci/frontend $(shell find web/ui -path '*/node_modules' -prune -o -type f -print)
	@.ci/setup

run: setup  ## 启动整个系统：网页、定时任务控制台和执行程序（Ctrl-C 停止）
	@exec $(BIN)/lianshen serve

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo '以上文件的格式不符，请运行：.venv/bin/ruff format .' >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

test: lint  ## 格式、类型、依赖方向和全部测试
	@$(BIN)/pytest -n $(JOBS)

check: test  ## 同 make test

prove: setup  ## 长时间验证：随机流程、断电、故障注入
	@$(BIN)/pytest -n $(JOBS) -m prove

bench: setup  ## 性能对比
	@$(BIN)/python -m benchmarks

lock:  ## 重新解析依赖，改写 requirements.lock
	@.ci/lock

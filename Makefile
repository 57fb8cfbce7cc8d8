# Every target only calls node, mocha or pulumi. Calling them directly works as well.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK ?=
RUN := node -r ./loader.cjs
export PULUMI_SKIP_UPDATE_CHECK := true
# Operations wait for AWS and the cluster. Pulumi's default is four at a time for each processor of this machine.
export PULUMI_PARALLEL ?= 64

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# Check Node.js first, so that a missing or old version gives a clear message.
.PHONY: node
node:
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 20 || (a === 20 && b < 19)) { console.error("Node.js 20.19 or later is needed; this is " + process.versions.node); process.exit(1); }'

# npm writes this file, so it is newer than the lock file when all packages are installed.
node_modules/.package-lock.json: package.json package-lock.json | node
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: deps
deps: node_modules/.package-lock.json

.PHONY: tools
tools: deps ## build the embedded environment's programs into the tool cache
	@$(RUN) local/toolchain/cli.ts build

.PHONY: local
local: deps ## start or update the embedded environment
	@$(RUN) local/cli.ts up

.PHONY: local-status
local-status: deps ## what runs in the embedded environment
	@$(RUN) local/cli.ts status

.PHONY: local-logs
local-logs: deps ## the last lines of a log: make local-logs NAME=istiod
	@$(RUN) local/cli.ts logs $(NAME)

.PHONY: dashboards
dashboards: deps ## the dashboards with the embedded environment's live data, as pages in .local-dashboards
	@$(RUN) local/dashboards/cli.ts $(if $(PICTURE),--picture $(PICTURE))

.PHONY: local-down
local-down: deps ## destroy the embedded environment; only the tool cache stays
	@$(RUN) local/cli.ts down $(if $(FORCE),--force)

.PHONY: test
test: deps ## everything: lint, types, unit, engine, end to end
	@$(RUN) tests/run.ts

.PHONY: test-unit
test-unit: deps ## lint, types and unit tests only: no root, nothing built
	@$(RUN) tests/run.ts static unit

# ONLY=routing measures one part, SHORT=1 gives a quick look, TUNE=1 compares candidates for the shipped settings.
.PHONY: bench
bench: deps ## measure routing, overhead, provisioning and start-up: make bench [ONLY=routing] [SHORT=1]
	@$(RUN) benchmarks/cli.ts

# Uses previews of empty stacks: the embedded environment, and AWS with a fake provider.
.PHONY: graph
graph: deps ## redraw the graphs of docs/architecture.md from previews
	@GRAPHS=write node_modules/.bin/mocha --require ./loader.cjs --require ./tests/support/shared.ts tests/engine/architecture.test.ts

.PHONY: lint format
lint: deps ## ESLint, dependency-cruiser, knip, Prettier and the compiler
	@$(RUN) tests/run.ts static
format: deps ## Prettier, writing
	@npx prettier --write .

.PHONY: stack
stack: deps
	@test -n "$(STACK)" || { echo "Say which stack: make $(firstword $(MAKECMDGOALS)) STACK=prod"; exit 2; }

.PHONY: preflight leftovers
preflight: deps stack ## check the requirements of pulumi up before it costs money: make preflight STACK=dev
	@$(RUN) operations/preflight/cli.ts --stack $(STACK)
leftovers: deps stack ## list what a destroyed stack left on AWS: make leftovers STACK=dev
	@$(RUN) operations/leftovers/cli.ts --stack $(STACK)

.PHONY: api-key-pair api-key
api-key-pair: deps ## make the key pair that signs API keys: make api-key-pair KEY=gateway-signing.pem
	@$(RUN) operations/apiKey/cli.ts pair --key "$(KEY)"
api-key: deps ## make an API key: make api-key KEY=gateway-signing.pem NAME=alice [DAYS=90]
	@$(RUN) operations/apiKey/cli.ts issue --key "$(KEY)" --name "$(NAME)" $(if $(DAYS),--days $(DAYS))

.PHONY: rotate
rotate: deps stack ## replace a secret without downtime: make rotate STACK=prod SECRET=hugging-face-token < FILE
	@$(RUN) operations/rotate/cli.ts --stack $(STACK) --secret "$(SECRET)"

.PHONY: validate local-validate
validate: deps stack ## measure the cache hits of a running environment: make validate STACK=dev
	@$(RUN) operations/validate/cli.ts --stack $(STACK)
local-validate: deps ## the same for the embedded environment
	@$(RUN) operations/validate/cli.ts --stack local

.PHONY: preview up repair status destroy
preview: deps stack ## show what would change, violated policies and cost: make preview STACK=prod
	@$(RUN) operations/preview/cli.ts --stack $(STACK) $(if $(MARKDOWN),--markdown $(MARKDOWN))
up: stack ## create or change an environment: make up STACK=prod
	@pulumi up --stack $(STACK) --policy-pack policy
# The API server records who owns a field. Without force it refuses to revert a manual change.
repair: stack ## undo manual changes and deletions: make repair STACK=prod
	@PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh --stack $(STACK) --policy-pack policy
status: stack ## outputs and resources: make status STACK=prod
	@pulumi stack --stack $(STACK)
# Refuses a protected stack before it deletes anything. YES=1 does not ask, because a workflow cannot answer.
# GONE=1 is for a cluster that no longer exists: everything in it counts as deleted, and everything else is deleted.
destroy: deps stack ## delete everything: make destroy STACK=prod [GONE=1]
	@$(RUN) operations/destroy/cli.ts --stack $(STACK) $(if $(GONE),--gone) $(if $(YES),-- --yes)

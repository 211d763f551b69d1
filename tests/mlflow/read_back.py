"""Prints what MLflow's own client finds in experiments, as a JSON list. Arguments: server, names of experiments."""

import json
import os
import sys

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

import mlflow
from mlflow.entities import ViewType

uri, *names = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()


def describe(run):
    files = [file.path for file in client.list_artifacts(run.info.run_id)]
    root = run.info.artifact_uri
    return {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "start": run.info.start_time,
        "end": run.info.end_time,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
        "points": {
            key: len(client.get_metric_history(run.info.run_id, key)) for key in ("accuracy", "n_observations")
        },
        "files": {path: mlflow.artifacts.load_text(f"{root}/{path}") for path in files},
    }


def read(name):
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)
    return {
        "id": experiment.experiment_id,
        "stage": experiment.lifecycle_stage,
        "tags": experiment.tags,
        "runs": [describe(run) for run in runs],
    }


print(json.dumps([read(name) for name in names]))

"""A service whose answers have types, which a native module (pydantic_core) checks."""

import os

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    dish: str
    plates: int


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    return '<img src="/plate.svg">'


@app.get("/health", response_class=PlainTextResponse)
def health() -> str:
    return "ok"


@app.get("/environment")
def environment() -> dict[str, str | None]:
    return {"GREETING": os.environ.get("GREETING")}


@app.post("/orders")
def order(order: Order) -> Order:
    return order


app.mount("/", StaticFiles(directory="public"))

"""The pages as one ASGI app, each model's made when it is first visited."""

import asyncio
import contextlib

from keras_genzoo.explorer import page, subjects, zoo
from keras_genzoo.extras import extra

MOST_BYTES = 2**26  # of an upload


class Site:
    """An ASGI app: `/` is the zoo, or leads to the one model that there is; `/NAME/` a model."""

    def __init__(self, presets, dataset=None):
        """
        Args:
            presets: Names in addresses to names or folders of presets.
            dataset: As of `subjects.load`.
        """
        self.presets = presets
        self.dataset = dataset
        self._pages = {}
        self._making = {name: asyncio.Lock() for name in presets}
        self._open = contextlib.AsyncExitStack()
        self.app = self._app()

    def _app(self):
        applications = extra("starlette.applications", "explore")
        routing = extra("starlette.routing", "explore")
        return applications.Starlette(
            routes=[
                routing.Route("/", self._home),
                routing.Route("/favicon.ico", self._no_icon),
                routing.Route("/{name}/samples.png", self._picture),
                routing.Route("/{name}", self._to_page),
                routing.Route("/{name}/{rest:path}", _Forward(self)),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, app):
        async with self._open:
            yield

    async def _home(self, request):
        responses = extra("starlette.responses", "explore")
        if len(self.presets) == 1:
            (name,) = self.presets
            return responses.RedirectResponse(f"/{name}/")
        return responses.HTMLResponse(zoo.page(self.presets))

    async def _no_icon(self, request):  # which browsers ask for, and miss aloud
        responses = extra("starlette.responses", "explore")
        return responses.Response(status_code=204)

    async def _to_page(self, request):
        responses = extra("starlette.responses", "explore")
        return responses.RedirectResponse(f"{request.url.path}/")

    async def _picture(self, request):
        responses = extra("starlette.responses", "explore")
        preset = self.presets.get(request.path_params["name"])
        file = None if preset is None else zoo.picture_of(preset)
        if file is None:
            return responses.PlainTextResponse("There is no such picture.", 404)
        return responses.FileResponse(file)

    async def page(self, name):
        """The app of a model's page."""
        async with self._making[name]:
            if name not in self._pages:
                self._pages[name] = await self._made(name)
        return self._pages[name]

    async def _made(self, name):
        gr, fastapi = extra("gradio", "explore"), extra("fastapi", "explore")
        subject = await asyncio.to_thread(subjects.load, self.presets[name], self.dataset)
        blocks = page.build(subject, home="/" if len(self.presets) > 1 else None)
        app = fastapi.FastAPI(openapi_url=None)  # whose pages load scripts from outside
        looks = {"theme": page.theme(), "css": page.CSS, "footer_links": []}
        bounds = {"max_file_size": MOST_BYTES, "run_history": False, "ssr_mode": False}
        # Answers without a queue name pictures by the root that Gradio is told, and else by none.
        place = {"path": f"/{name}", "root_path": f"/{name}"}
        gr.mount_gradio_app(app, blocks, **place, **looks, **bounds)
        # A mounted app's own start is run by nobody else.
        await self._open.enter_async_context(app.router.lifespan_context(app))
        return app


class _Forward:
    """Answers what is asked of a model's page."""

    def __init__(self, site):
        self.site = site

    async def __call__(self, scope, receive, send):
        name = scope["path_params"]["name"]
        responses = extra("starlette.responses", "explore")
        if name not in self.site.presets:
            answer = responses.PlainTextResponse("There is no such page.", 404)
        else:
            try:
                answer = await self.site.page(name)
            except (ValueError, OSError) as error:
                answer = responses.PlainTextResponse(str(error), 500)
        await answer(scope, receive, send)

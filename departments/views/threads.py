from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import get_text_list
from django.views.generic import FormView, View

from departments.discussion import discussion
from departments.forms import ChangeForm, CommentForm
from departments.mixins import Partial
from departments.models import Comment, Thread
from departments.models.thread import Topic
from departments.services import commenting
from departments.services.commenting import CommentRefused, ResolvedSince

FRAGMENT = "components/_thread.html"


class ThreadPage(Partial, FormView):
    """A thread by itself, and where a comment is sent to. The view of an app finds which, or says that it is a 404."""

    template_name = "threads/thread.html"
    partial_name = FRAGMENT
    form_class = CommentForm

    def topic_asked(self) -> Topic:
        raise NotImplementedError

    def dispatch(self, request, *args, **kwargs):
        self.topic = self.topic_asked()
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"auto_id": f"{self.topic.key}-%s"}

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None)  # one that was refused
        found = discussion(self.topic, reader=self.request.user, at=timezone.now(), form=form)
        found.is_unfolded = form is not None
        return super(FormView, self).get_context_data(discussion=found, **kwargs)

    def form_valid(self, form):
        text, reopens = form.cleaned_data["text"], form.cleaned_data["resolved"]
        try:
            said = commenting.comment(self.topic, text, reopens=reopens, by=self.request.user, at=timezone.now())
        except ResolvedSince as error:
            form.data = form.data.dict() | {"resolved": "on"}
            form.add_error("text", str(error))
            return self.form_invalid(form)
        return answered(self.request, self.topic, said.comment, note=told("Said.", said.untold))


class CommentChange(ThreadPage):
    form_class = ChangeForm

    def topic_asked(self):
        self.comment = get_object_or_404(Comment, pk=self.kwargs["pk"], by=self.request.user)
        return topic_within_reach(self.request.user, self.comment.thread)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"auto_id": f"comment-{self.comment.pk}-%s"}

    def get_initial(self):
        now = commenting.newest(self.comment)
        return {"text": now.text, "was": now.pk}

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or self.get_form()
        context = super().get_context_data(**kwargs)
        context["discussion"].is_unfolded = True
        for entry in context["discussion"].entries:
            if entry.comment == self.comment and (entry.may_change or form.is_bound):
                entry.form = form
        return context

    def form_valid(self, form):
        try:
            said = commenting.change(self.comment, **form.cleaned_data, topic=self.topic, at=timezone.now())
        except CommentRefused as error:
            form.data = form.data.dict() | {"was": commenting.newest(self.comment).pk}
            form.add_error("text", str(error))
            return self.form_invalid(form)
        return answered(self.request, self.topic, self.comment, note=told("Changed.", said.untold))


class CommentAct(View):
    """POST withdraws a comment of one's own, or brings it back."""

    act = None

    def post(self, request, pk):
        comment = get_object_or_404(Comment, pk=pk, by=request.user)
        topic = topic_within_reach(request.user, comment.thread)
        self.act(comment, topic=topic, at=timezone.now())
        return answered(request, topic, comment)


class ThreadAct(View):
    """POST resolves a thread, or takes it up again."""

    act = None

    def post(self, request, pk):
        topic = topic_within_reach(request.user, get_object_or_404(Thread, pk=pk))
        self.act(topic, by=request.user, at=timezone.now())
        return answered(request, topic)


def topic_within_reach(user, thread: Thread) -> Topic:
    topic = thread.topic
    if topic is None or not topic.readers(on=timezone.localdate()).filter(pk=user.pk).exists():
        raise Http404
    return topic


def told(words: str, untold: list[str]) -> str:
    names = get_text_list([f"@{name}" for name in untold], "and")
    return f"{words} Not told: {names}, nobody who may read this is called so." if untold else words


def answered(request, topic: Topic, comment: Comment | None = None, *, note: str = ""):
    """The thread for htmx; else the way to the page that shows it."""
    if request.htmx:
        found = discussion(topic, reader=request.user, at=timezone.now())
        found.note, found.is_unfolded = note, comment is not None
        return render(request, FRAGMENT, {"discussion": found})
    if note:
        messages.success(request, note)
    where = f"comment-{comment.pk}" if comment else f"thread-{topic.key}"
    return HttpResponseRedirect(f"{topic.url()}#{where}")

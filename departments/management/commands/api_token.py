from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from departments.authentication import may_enter
from departments.models import ApiToken, User


class Command(BaseCommand):
    help = "Issues a token for the API and prints its secret, this once."

    def add_arguments(self, parser):
        parser.add_argument("user", help="username of the person for whom the token acts")
        parser.add_argument("--write", action="store_true", help="may also write (otherwise it may only read)")
        parser.add_argument("--days", type=int, default=90, help="how long it lasts (default: 90)")
        parser.add_argument("--name", default="", help="what it is for")

    def handle(self, *, user, write, days, name, **options):
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is nobody with the username “{user}”.")
        if not may_enter(person):
            raise CommandError(f"{person} ({user}) has left or may not sign in.")
        if not 1 <= days <= 3650:
            raise CommandError(f"--days: found {days}, expected 1 to 3650.")
        if len(name) > 80:
            raise CommandError("--name: at most 80 characters.")
        now = timezone.now()
        scope = ApiToken.Scope.WRITE if write else ApiToken.Scope.READ
        token, secret = ApiToken.objects.issue(
            user=person, scope=scope, at=now, expires_at=now + timedelta(days=days), name=name
        )
        self.stdout.write(secret)
        ends = timezone.localtime(token.expires_at)
        self.stderr.write(f"{token.get_scope_display()}, for {person}, until {ends:%d %b %Y %H:%M}. Not shown again.")

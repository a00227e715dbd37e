"""Tables of a community: separators, headers, encodings and errors by line."""

from datetime import UTC, datetime

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Purpose, Role, Visibility
from serendipity.intake.files.kinds import read_attendance, read_check_ins, read_events, read_members

MEMBERS = "Naam{s}E-mail{s}Organisatie{s}Vaardigheden\nJan de Wit{s}jan@example.org{s}Acme{s}python|sql\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_by_the_header(separator: str) -> None:
    """Whatever program saved the table, its columns are found."""
    text = MEMBERS.replace("python|sql", '"python;sql"').format(s=separator)
    [(number, member)] = read_members(text.encode()).lines
    assert (number, member.name, member.email, member.organisation) == (2, "Jan de Wit", "jan@example.org", "Acme")
    assert member.skills == ("python", "sql")


def test_a_byte_order_mark_does_not_hide_the_first_column() -> None:
    """What Excel writes before the first name is no part of it."""
    assert len(read_members(MEMBERS.format(s=";").encode("utf-8-sig")).lines) == 1


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_another_encoding_is_told_with_the_byte_and_what_to_do(mark: bytes) -> None:
    """The offset counts from the file's first byte."""
    content = mark + "name,email\nJosé,j@example.org\n".encode("latin-1")
    with pytest.raises(InvalidInput, match=f"offset {len(mark) + 14} .line 2.*UTF-8"):
        read_members(content)


WIDE = ",".join(f"column{number}" for number in range(5000))


@pytest.mark.parametrize("content", [WIDE, f",,,\n{WIDE}", f'"na\nme",{WIDE}', WIDE.replace(",", ";")])
def test_a_header_of_too_many_columns_is_refused_wherever_it_stands(content: str) -> None:
    """In the first line, behind one of empty cells, behind a name that takes two lines."""
    with pytest.raises(InvalidInput, match="more than 200 columns"):
        read_members(f"{content}\nx\n".encode())


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table_of_many_lines_is_no_wide_one(ending: str) -> None:
    """Whichever way its lines end."""
    lines = ["name,email", *(f"Ann Bee,ann{number}@example.org" for number in range(1000))]
    assert len(read_members(ending.join(lines).encode()).lines) == 1000


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n  \n"])
def test_an_empty_file_is_told_so(content: bytes) -> None:
    """Nothing imported, and nothing wrong, would look like success."""
    with pytest.raises(InvalidInput, match="is empty; its first line names the columns: id, name"):
        read_members(content)


def test_utf_16_is_told_by_its_name() -> None:
    """A spreadsheet's 'Unicode text' is not UTF-8."""
    with pytest.raises(InvalidInput, match="UTF-16"):
        read_members("name,email\n".encode("utf-16"))


def test_first_and_last_name_make_a_name() -> None:
    """Exports often keep the two apart."""
    [(_, member)] = read_members(b"First name,Last name,Mail\nAda,Lovelace,ada@example.org\n").lines
    assert member.name == "Ada Lovelace"


def test_consent_is_only_what_the_column_names() -> None:
    """Nobody agrees to anything by default."""
    lines = read_members(b"name,email,consents\nA,a@example.org,matching; shown here\nB,b@example.org,\n").lines
    assert [member.purposes for _, member in lines] == [{Purpose.MATCHING, Purpose.SHOWN_HERE}, frozenset()]


def test_wrong_lines_are_told_with_number_and_column_and_the_others_are_read() -> None:
    """Each error names the line, the column as the file calls it, and what to do."""
    table = (
        "Name;E-mail;Joined;Consents\n"
        "Ada;ada@example.org;2026-01-05;\n"
        "\n"
        '"Bob\nMultiline";not-an-address;;\n'
        "Cy;cy@example.org;5/1/2026;\n"
        "Dee;dee@example.org;;everything\n"
        ";eve@example.org;;\n"
        "Fay;;;\n"
        "Gus;gus@example.org;;;;surplus\n"
    )
    read = read_members(table.encode())
    assert [member.name for _, member in read.lines] == ["Ada"]
    told = [(error.line, error.column) for error in read.errors]
    columns = ["E-mail", "Joined", "Consents", "Name", "E-mail", None]
    assert told == list(zip([4, 6, 7, 8, 9, 10], columns, strict=True))
    assert "write 2026-01-05" in str(read.errors[1])


def test_a_column_that_is_nearly_known_is_refused() -> None:
    """A typing mistake would lose a whole column."""
    with pytest.raises(InvalidInput, match="'organisaton'; did you mean 'organisation'"):
        read_members(b"name,email,organisaton\n")


def test_a_column_that_means_nothing_is_noted() -> None:
    """An export may hold more than is of use here."""
    assert read_members(b"name,email,shoe size\nA,a@example.org,44\n").notes == ("The column 'shoe size' is not used.",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"member,role\n", "'event' is missing"),
        (b"member,event,lid\n", "Several columns"),
        (b'member,event\n"a,b\nc,d\n', "line 2 on .*quotation mark"),
    ],
)
def test_what_concerns_the_whole_file_is_told_once(content: bytes, told: str) -> None:
    """No line of such a file can be trusted."""
    with pytest.raises(InvalidInput, match=told):
        read_attendance(content)


def test_null_bytes_are_an_error_of_their_line() -> None:
    """They do not reach the ledger."""
    read = read_attendance(b"member,event\na\x00,e\nb,e\n")
    assert ([error.line for error in read.errors], len(read.lines)) == ([2], 1)


def test_times_without_a_zone_are_of_the_zone_given() -> None:
    """Nine o'clock in Brussels is eight in winter's UTC."""
    [(_, here)] = read_check_ins(b"member,text,at\na,big data,2026-01-05 09:00\n", zone="Europe/Brussels").lines
    assert here.at == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_times_at_a_place_are_left_to_the_place() -> None:
    """Its zone is known only to the ledger."""
    [(_, there)] = read_check_ins(b"member,text,at,place\na,big data,2026-01-05 09:00,hub\n", zone="Europe/Paris").lines
    assert there.at == datetime(2026, 1, 5, 9)  # noqa: DTZ001


def test_a_check_in_needs_a_time_or_an_id() -> None:
    """Else a second import would count it twice."""
    [error] = read_check_ins(b"member,text\na,big data\n").errors
    assert (error.line, error.column) == (2, "at")


def test_dutch_values_are_understood() -> None:
    """Roles, visibilities and languages may be written in Dutch."""
    [(_, attendance)] = read_attendance(b"lid,evenement,rol\na,e,Spreker\n").lines
    [(_, check_in)] = read_check_ins("lid,tekst,zichtbaarheid,datum\na,data,Privé,2026-01-05\n".encode()).lines
    [(_, member)] = read_members(b"naam,id,taal\nJan,m1,Nederlands\n").lines
    assert (attendance.role, check_in.visibility, member.locale) == (Role.SPEAKER, Visibility.PRIVATE, "nl")


def test_an_event_without_an_id_gets_the_same_one_each_time() -> None:
    """Its title and start say which event it is."""
    content = b"title,start\nMeet-up,2026-01-05 18:00\n"
    [(_, first)], [(_, second)] = read_events(content).lines, read_events(content).lines
    assert first.id == second.id

#include "lib/text/template/template.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

// What is our own decision; tests/vectors/templates.json has what is Django's.
namespace postrider {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string render(const std::string& text, const std::string& context = "{}",
                   const RenderOptions& options = {}) {
    const auto parsed = Template::parse(text);
    if (!parsed) return "FAULT " + parsed.error().describe();
    const auto rendered = parsed->render(json::parse(context).as_object(), options);
    return rendered ? *rendered : "FAULT " + rendered.error().describe();
}

std::string render_html(const std::string& text, const std::string& context) {
    RenderOptions options;
    options.escape_html = true;
    return render(text, context, options);
}

RenderOptions at_noon() {
    RenderOptions options;
    options.now = CivilTime{std::chrono::local_days(std::chrono::year(2026) / 2 / 3) + 12h, -6h, "CST"};
    return options;
}

TEST(Template, PlainTextIsNotEscaped) {
    const std::string context = R"({"name": "O'Neil & <Sons>"})";
    EXPECT_EQ(render("It's {{ name }}", context), "It's O'Neil & <Sons>");
    EXPECT_EQ(render_html("It's {{ name }}", context), "It's O&#x27;Neil &amp; &lt;Sons&gt;");
    EXPECT_EQ(render_html("{{ name|safe }}", context), "O'Neil & <Sons>");
}

TEST(Template, IsToldFromPlainTextByItsMarks) {
    for (const char* text : {"{{ a }}", "x{% if %}", "{# c #}", "{{", "a{%"})
        EXPECT_TRUE(Template::has_marks(text));
    for (const char* text : {"", "{", "a { b } %}", "}}", "{ {", "100 %", "{"}) {
        EXPECT_FALSE(Template::has_marks(text));
        EXPECT_EQ(render(text), text);
    }
}

TEST(Template, IsRenderedAgainAndAgainWithOtherContexts) {
    const auto parsed = Template::parse("Hi {{ name }}");
    const Template copy = *parsed;
    EXPECT_EQ(*parsed->render({{"name", "Ann"}}), "Hi Ann");
    EXPECT_EQ(*copy.render({{"name", "Bob"}}), "Hi Bob");
}

TEST(Template, NeedsItsTextOnlyToBeParsed) {
    std::string text =
        "Hi {{ name|default:'friend' }}{% if name %}{{ name.0 }}{% endif %}, {% for x in l %}{{ x }}{% "
        "endfor %}";
    const auto parsed = Template::parse(text);
    text.assign(text.size(), '#');
    EXPECT_EQ(*parsed->render({{"l", {1, 2}}}), "Hi friend, 12");
}

TEST(Template, JoinsNumbersAlsoWhereNothingIsEscaped) {
    EXPECT_EQ(render("{{ l|join:', ' }}", R"({"l": [1, "a", null, 2.5]})"), "1, a, None, 2.5");
    EXPECT_EQ(render("{{ l|join:s }}", R"({"l": ["a", "b"], "s": " & "})"), "a & b")
        << "and a separator stays";
}

TEST(Template, TakesTextsOfIso8601ForDates) {
    const std::string context =
        R"({"visit": "2026-02-03T09:05:00-06:00", "day": "2026-02-03", "at": "21:30"})";
    EXPECT_EQ(render("{{ visit|date:'l, F jS' }} at {{ visit|time }}", context),
              "Tuesday, February 3rd at 9:05 a.m.");
    EXPECT_EQ(render("{{ visit|date:'c e O' }}", context), "2026-02-03T09:05:00-06:00 -0600 -0600")
        << "as it is written, in no other time zone";
    EXPECT_EQ(render("{{ day|date }}, {{ at|time }}", context), "Feb. 3, 2026, 9:30 p.m.");
    EXPECT_EQ(render("{{ day|date:'g:i A' }}", context),
              "FAULT line 1: filter 'date' shows the time of a date without one");
}

TEST(Template, ShowsTheTimeThatItIsGiven) {
    EXPECT_EQ(render("{% now 'l P' %}, {% now \"SHORT_DATE_FORMAT\" %} {% now 'T O' %}", "{}", at_noon()),
              "Tuesday noon, 02/03/2026 CST -0600");
    EXPECT_EQ(render("{% now 'Y' %}"), "FAULT line 1: tag 'now' cannot be used here");
}

TEST(Template, KeysOfTheContextHideWhatIsBuiltIn) {
    EXPECT_EQ(
        render("{{ True }} {{ forloop }} {{ d.items }}", R"({"True": 1, "forloop": 2, "d": {"items": 3}})"),
        "1 2 3");
}

TEST(Template, RefusesWhatPythonHasNoLimitForAndWeHave) {
    const std::string context = R"({"n": 9223372036854775807, "huge": 1e30})";
    EXPECT_EQ(render("{{ n|add:1 }}", context), "FAULT line 1: filter 'add' makes too large a number");
    EXPECT_EQ(render("{{ huge|stringformat:'d' }}", context),
              "FAULT line 1: filter 'stringformat' is given too large a number");
    EXPECT_EQ(render("{{ n|stringformat:'x' }}", context),
              "FAULT line 1: filter 'stringformat' has a format that is not supported");
    EXPECT_EQ(render("{{ n|floatformat:1000 }}", context),
              "FAULT line 1: filter 'floatformat' has too many places");
}

}  // namespace
}  // namespace postrider

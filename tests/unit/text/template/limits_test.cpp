#include "lib/text/template/template.h"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace postrider {
namespace {

constexpr const char* too_much = "the template takes too many steps";
constexpr const char* too_long = "the template makes too long a text";
constexpr const char* too_deep = "tags are nested too deeply";

std::string times(std::size_t count, const std::string& text) {
    std::string repeated;
    for (std::size_t i = 0; i < count; ++i) repeated += text;
    return repeated;
}

/// A list of a thousand numbers, a long text, and lists in lists.
boost::json::object context() {
    boost::json::array numbers;
    boost::json::array texts;
    for (int i = 0; i < 1000; ++i) {
        numbers.emplace_back(i);
        texts.emplace_back(std::string(500, 'x'));
    }
    return {{"l", numbers},
            {"texts", texts},
            {"big", std::string(500'000, 'x')},
            {"one", "x"},
            {"empty", boost::json::array()}};
}

/// What is wrong; empty where nothing is.
std::string fault_of(const std::string& text, const RenderLimits& limits = {}) {
    const auto parsed = Template::parse(text);
    if (!parsed) return parsed.error().what;
    RenderOptions options;
    options.limits = limits;
    const auto rendered = parsed->render(context(), options);
    return rendered ? "" : rendered.error().what;
}

TEST(TemplateLimits, BlocksAreNestedOnlySoDeep) {
    const auto nested = [](std::size_t depth) {
        return times(depth, "{% if one %}") + times(depth, "{% endif %}");
    };
    EXPECT_EQ(fault_of(nested(Template::nesting_max)), "");
    EXPECT_EQ(fault_of(nested(Template::nesting_max + 1)), too_deep);
    EXPECT_EQ(fault_of(times(100'000, "{% if one %}")), too_deep) << "and costs no stack";
    EXPECT_EQ(fault_of(times(100'000, "{% for x in l %}")), too_deep);
    EXPECT_EQ(fault_of(times(1000, nested(1))), "") << "one after the other is no depth";
}

TEST(TemplateLimits, AConditionHasOnlySoManyWords) {
    EXPECT_EQ(fault_of("{% if " + times(100, "not ") + "one" + times(100, " or one") + " %}{% endif %}"), "");
    EXPECT_EQ(fault_of("{% if " + times(100'000, "not ") + "one %}{% endif %}"),
              "a condition of too many words");
    EXPECT_EQ(fault_of("{% if one" + times(100'000, " and one") + " %}{% endif %}"),
              "a condition of too many words");
}

TEST(TemplateLimits, LoopsTurnOnlySoOften) {
    EXPECT_EQ(fault_of("{% for a in l %}{% for b in 'xy' %}{{ b }}{% endfor %}{% endfor %}"), "");
    EXPECT_EQ(fault_of("{% for a in l %}{% for b in l %}{% endfor %}{% endfor %}"), too_much);
    EXPECT_EQ(
        fault_of("{% for a in l %}{% for b in l %}{% for c in l %}x{% endfor %}{% endfor %}{% endfor %}"),
        too_much);
    EXPECT_EQ(fault_of("{% for a in l %}{% endfor %}", {.steps_max = 1000}), too_much);
}

TEST(TemplateLimits, ATextIsOnlySoLong) {
    EXPECT_EQ(fault_of("{{ big }}{{ big }}"), "");
    EXPECT_EQ(fault_of("{{ big }}{{ big }}{{ big }}"), too_long);
    EXPECT_EQ(fault_of("{{ one }}{{ one }}{{ one }}", {.output_bytes_max = 2}), too_long);
    EXPECT_EQ(fault_of("xxx", {.output_bytes_max = 2}), too_long);
}

TEST(TemplateLimits, AValueOnTheWayIsOnlySoLong) {
    const RenderLimits patient{.steps_max = 1'000'000};
    EXPECT_EQ(fault_of("{% if big|add:big|add:big %}{% endif %}", patient), too_long);
    EXPECT_EQ(fault_of("{{ texts|join:big|length }}", patient), too_long);
    EXPECT_EQ(fault_of("{{ one|stringformat:'999999999s'|length }}"), too_long);
    EXPECT_EQ(fault_of("{{ 1|stringformat:'999999999999999999999999999d'|length }}"), too_long);
    EXPECT_EQ(fault_of("{{ 1|stringformat:'.999999999f'|length }}"), too_long);
    EXPECT_EQ(
        fault_of("{% with b=big %}" + times(2, "{% with b=b|add:b %}") + times(3, "{% endwith %}"), patient),
        too_long);
}

TEST(TemplateLimits, ListsDoNotGrowWithoutEnd) {
    EXPECT_EQ(fault_of(times(30, "{% with l=l|add:l %}") + times(30, "{% endwith %}")), too_much);
}

TEST(TemplateLimits, ReadingLongValuesIsWorkToo) {
    for (const char* body :
         {"{% if big == one %}{% endif %}", "{% if one in texts %}{% endif %}",
          "{% if texts == l %}{% endif %}", "{{ texts|truncatechars:1|cut:'…' }}", "{{ big|first|cut:'x' }}",
          "{% for x in texts %}{% endfor %}", "{{ big.0|cut:'x' }}", "{{ big|length|cut:'5' }}",
          "{{ texts|slice:':1'|length|cut:'1' }}", "{{ big|striptags|slice:':0' }}",
          "{{ big|truncatewords:0|cut:' …' }}", "{{ empty|join:texts }}"}) {
        EXPECT_EQ(fault_of("{% for a in l %}" + std::string(body) + "{% endfor %}", {.steps_max = 20'000}),
                  too_much)
            << body;
    }
}

TEST(TemplateLimits, LongTagsAreWorkToo) {
    EXPECT_EQ(fault_of("{{ one" + times(100'000, ".0") + " }}"), too_much);
    EXPECT_EQ(fault_of("{{ one" + times(100'000, "|lower") + " }}"), too_much);
    EXPECT_EQ(fault_of("{% with" + times(100'000, " a=1") + " %}{% endwith %}"), too_much);
}

TEST(TemplateLimits, HostileTextsTakeNoLongTime) {
    const auto begin = std::chrono::steady_clock::now();
    constexpr std::size_t size = 1 << 18;
    for (const char* pattern :
         {"{{", "{%", "{#", "{{\n", "{{}", "{{%", "}}{{", "{# #", "{%verbatim%}{{", "{{a|", "{{'", "{{ a }}",
          "{%if a%}", "{%x'", "{{a|cut:'\\", "\n", "{%comment%}", "{%endif%}"}) {
        const std::string text = times(size / std::string(pattern).size(), pattern);
        fault_of(text);
        fault_of("{% if " + text + " %}");
        fault_of("{% with a=" + text + " %}{% endwith %}");
    }
    for (const char* pattern : {"\\' ", "' ", "a=' ", "\"' ", "x\\\" "}) {
        fault_of("{% with " + times(size / 4, pattern) + " %}");
    }
    for (const char* pattern : {"<", "<a", "<!--", "</", "<1", "<a ", "<>", "&lt;", "<<a>>", "-->"}) {
        fault_of("{{ '" + times(size / 8, pattern) + ">'|striptags }}");
    }
    // Far from it now; what takes quadratic time takes longer by far.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace postrider

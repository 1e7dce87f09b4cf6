package bench.streams;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Drops what was taken before, counts a prisoner's contacts, and says what became of each. */
final class Tally implements Processor<String, byte[], String, byte[]> {
    static final String TAKEN = "taken";
    static final String COUNTS = "counts";

    private static final byte[] SEEN = {};
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> taken;
    private KeyValueStore<String, Long> counts;

    record Address(List<String> lines, String town, String postcode) {}

    record Contact(
            String contactId, String name, String relationship, String kind,
            List<String> phones, List<Address> addresses, List<String> emails) {}

    record Changed(String prisonerNumber, String change, String at, Contact contact) {}

    record Decided(
            String prisonerNumber, String contactId, String outcome, String matchedOn, String blockId, String at) {}

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        taken = context.getStateStore(TAKEN);
        counts = context.getStateStore(COUNTS);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        var event = header(record.headers(), "ce_source") + "\u001f" + header(record.headers(), "ce_id");
        if (taken.putIfAbsent(event, SEEN) != null) {
            return;
        }
        try {
            var changed = JSON.readValue(record.value(), Changed.class);
            var count = counts.get(changed.prisonerNumber());
            counts.put(changed.prisonerNumber(), count == null ? 1 : count + 1);
            var decided = new Decided(
                    changed.prisonerNumber(), changed.contact().contactId(), "listed", null, null, changed.at());
            context.forward(record.withKey(decided.prisonerNumber())
                    .withValue(JSON.writeValueAsBytes(decided))
                    .withHeaders(headers(event, decided.prisonerNumber())));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String header(Headers headers, String name) {
        return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static Headers headers(String cause, String subject) {
        var id = UUID.nameUUIDFromBytes(cause.getBytes(StandardCharsets.UTF_8)).toString();
        var digits = id.replace("-", "");
        var headers = new RecordHeaders();
        add(headers, "ce_specversion", "1.0");
        add(headers, "ce_id", id);
        add(headers, "ce_source", "urn:bench:streams");
        add(headers, "ce_type", "upc.social-contact.decided");
        add(headers, "ce_time", Instant.now().toString());
        add(headers, "ce_subject", subject);
        add(headers, "content-type", "application/json");
        add(headers, "traceparent", "00-" + digits + "-" + digits.substring(16) + "-01");
        return headers;
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}

package bench.streams;

import java.util.Properties;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/** The bench's work (bench/work.py) as Kafka Streams does it: `java bench.Streams KAFKA GROUP STATE_FOLDER`. */
public final class Streams {
    private static final String SOURCE = "upc.inbound.social-contacts.v1";
    private static final String TARGET = "upc.social-contacts.v1";

    public static void main(String[] args) {
        var streams = new KafkaStreams(topology(), settings(args[0], args[1], args[2]));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(8))));
        streams.start();
    }

    private static Topology topology() {
        var builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(Tally.TAKEN), Serdes.String(), Serdes.ByteArray()));
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(Tally.COUNTS), Serdes.String(), Serdes.Long()));
        builder.stream(SOURCE, Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .process(Tally::new, Tally.TAKEN, Tally.COUNTS)
                .to(TARGET, Produced.with(Serdes.String(), Serdes.ByteArray()));
        return builder.build();
    }

    /** Kafka Streams' own defaults but for exactly once, which commits every 100 ms by default. */
    private static Properties settings(String kafka, String group, String stateFolder) {
        var settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return settings;
    }
}
